const ESCAPE = 0;
const [END_OF_ROW, END_OF_IMAGE, DELTA] = [0, 1, 2];
/** How far a run may go past its row: some writers fill rows up to a multiple of four pixels. */
const MOST_PADDING = 3;

/**
 * Palette indices of a run-length encoded BMP. Pixels that the file passes over have index 0, as in Pillow.
 * Source: Microsoft, "Bitmap Compression".
 *
 * @param encoded from the first run on.
 * @param bits of an index, 4 or 8.
 * @returns uint8 (height, width), top row first.
 * @throws if the runs end before the image does, or leave it.
 */
export function readRuns(encoded: Uint8Array, width: number, height: number, bits: number): Uint8Array {
  const indices = new Uint8Array(width * height);
  let at = 0;
  let [x, y] = [0, 0];
  const next = () => {
    if (at >= encoded.length) throw new Error('its runs end early');
    return encoded[at++] ?? 0;
  };
  const put = (index: number) => {
    if (y >= height || x >= width + MOST_PADDING) throw new Error('its runs leave the image');
    if (x < width) indices[(height - 1 - y) * width + x] = index;
    x += 1;
  };
  /** The index of the run's pixel of that number, from its bytes. */
  const indexIn = (byte: number, pixel: number) =>
    bits === 8 ? byte : pixel % 2 === 0 ? byte >> 4 : byte & 15;

  const complete = () => y >= height || (y === height - 1 && x >= width);
  // Some writers leave the end's mark out.
  while (at < encoded.length || !complete()) {
    const count = next();
    const value = next();
    if (count !== ESCAPE) {
      for (let pixel = 0; pixel < count; pixel++) put(indexIn(value, pixel));
    } else if (value === END_OF_ROW) {
      [x, y] = [0, y + 1];
    } else if (value === END_OF_IMAGE) {
      break;
    } else if (value === DELTA) {
      x += next();
      y += next();
    } else {
      const byteCount = Math.ceil((value * bits) / 8);
      let byte = 0;
      for (let pixel = 0; pixel < value; pixel++) {
        if (bits === 8 || pixel % 2 === 0) byte = next();
        put(indexIn(byte, pixel));
      }
      // To an even number of bytes.
      at += byteCount % 2;
    }
  }
  return indices;
}
