import { corruptImage } from '../errors.js';

interface Place {
  offset: number;
  /** Where the palette ends at the latest. */
  end: number;
  /** At most. */
  colours: number;
  /** Blue, green, red, and in all but OS/2 1.x one byte more. */
  bytesPerColour: 3 | 4;
}

/** @returns RGB, three bytes a colour, and the bytes that the palette takes in the file. */
export function readPalette(encoded: Buffer, { offset, end, colours, bytesPerColour }: Place) {
  const count = Math.min(colours, Math.floor((Math.min(end, encoded.length) - offset) / bytesPerColour));
  if (count < 1) throw corruptImage('it has no palette');
  const rgb = new Uint8Array(3 * count);
  for (let index = 0; index < count; index++) {
    const [blue = 0, green = 0, red = 0] = encoded.subarray(offset + index * bytesPerColour);
    rgb.set([red, green, blue], 3 * index);
  }
  return { rgb, bytes: count * bytesPerColour };
}
