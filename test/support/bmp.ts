import { indexed, type Picture, picture } from './picture.js';

interface Bmp {
  width: number;
  height: number;
  bits: number;
  /** From the top down; padded here. */
  rows?: number[][];
  /** In place of rows. */
  body?: number[];
  headerBytes?: number;
  compression?: number;
  masks?: number[];
  palette?: (readonly [number, number, number])[];
  /** As the header says; else none, which means all. */
  colours?: number;
  topDown?: boolean;
  /** Bytes between headers and pixels. */
  gap?: number;
  /** As the file says, if that is not where the pixels are. */
  pixelOffset?: number;
}

/** A BMP file, byte for byte as it is described. */
export function bmpFile(bmp: Bmp): Buffer {
  const { width, height, bits, headerBytes = 40, compression = 0, masks = [], palette = [], gap = 0 } = bmp;
  const header = Buffer.alloc(14 + headerBytes);
  header.write('BM');
  header.writeUInt32LE(headerBytes, 14);
  if (headerBytes === 12) {
    for (const [index, value] of [width, height, 1, bits].entries())
      header.writeUInt16LE(value, 18 + 2 * index);
  } else {
    header.writeUInt32LE(width, 18);
    header.writeInt32LE(bmp.topDown ? -height : height, 22);
    header.writeUInt16LE(1, 26);
    header.writeUInt16LE(bits, 28);
    if (headerBytes >= 20) header.writeUInt32LE(compression, 30);
    if (headerBytes >= 40) header.writeUInt32LE(bmp.colours ?? 0, 46);
  }
  const fields = Buffer.alloc(4 * masks.length);
  for (const [index, mask] of masks.entries()) fields.writeUInt32LE(mask, 4 * index);
  // In a header of 52 bytes and more they are a part of it.
  const inHeader = headerBytes >= 52 && headerBytes !== 64;
  if (inHeader) fields.copy(header, 54);
  const colours = palette.flatMap(([r, g, b]) => (headerBytes === 12 ? [b, g, r] : [b, g, r, 0]));
  const head = [header, inHeader ? Buffer.alloc(0) : fields, Buffer.from(colours), Buffer.alloc(gap, 0xaa)];
  header.writeUInt32LE(bmp.pixelOffset ?? Buffer.concat(head).length, 10);
  const rows = bmp.rows ?? [];
  const padded = (bmp.topDown ? rows : rows.toReversed()).flatMap((row) => [
    ...row,
    ...new Array((4 - (row.length % 4)) % 4).fill(0),
  ]);
  return Buffer.concat([...head, Buffer.from(bmp.body ?? padded)]);
}

/** Of each pixel the bytes that `encode` gives, row by row. */
function rowsOf({ width, height, pixels }: Picture, encode: (r: number, g: number, b: number) => number[]) {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const [r = 0, g = 0, b = 0] = pixels.subarray(3 * (y * width + x));
      return encode(r, g, b);
    }).flat(),
  );
}

function packed(indices: number[], width: number, bits: number): number[][] {
  return Array.from({ length: indices.length / width }, (_, y) => {
    const digits = indices
      .slice(y * width, (y + 1) * width)
      .map((index) => index.toString(2).padStart(bits, '0'));
    return (digits.join('').match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
  });
}

/** Runs of one pixel and absolute ones in turn, of indices in rows, the bottom row first. */
function runs(indices: number[], width: number, bits: number): number[] {
  const bytes: number[] = [];
  for (let y = indices.length / width - 1; y >= 0; y--) {
    const row = indices.slice(y * width, (y + 1) * width);
    const [first = 0, second = 0, ...rest] = row;
    if (bits === 8) bytes.push(1, first, 1, second);
    else bytes.push(2, (first << 4) | second);
    const literal = packed(rest, rest.length, bits)[0] ?? [];
    bytes.push(0, rest.length, ...literal, ...(literal.length % 2 ? [0] : []), 0, 0);
  }
  return [...bytes, 0, 1];
}

const little = (value: number, bytes: number) =>
  Array.from({ length: bytes }, (_, at) => (value >>> (8 * at)) & 255);
/** An 8-bit value in as many bits, and back. */
const shorter = (value: number, bits: number) => value >> (8 - bits);
const longer = (value: number, bits: number) => Math.round((255 * value) / (2 ** bits - 1));

export interface BmpVariant {
  file: Buffer;
  /** What it shows. */
  shown: Picture;
  /** Pillow 13 does not read it. */
  notPillow?: boolean;
}

function masked(
  bits: 16 | 32,
  widths: [number, number, number],
  shifts: [number, number, number],
  rest: Partial<Bmp>,
) {
  const drawn = picture();
  const [rBits, gBits, bBits] = widths;
  const rows = rowsOf(drawn, (r, g, b) =>
    little(
      (shorter(r, Math.min(8, rBits)) << (shifts[0] + Math.max(0, rBits - 8))) |
        (shorter(g, Math.min(8, gBits)) << (shifts[1] + Math.max(0, gBits - 8))) |
        (shorter(b, Math.min(8, bBits)) << (shifts[2] + Math.max(0, bBits - 8))),
      bits / 8,
    ),
  );
  const pixels = drawn.pixels.map((value, at) => {
    const width = widths[at % 3] ?? 8;
    return width > 8 ? longer(value << (width - 8), width) : longer(shorter(value, width), width);
  });
  return { file: bmpFile({ ...drawn, bits, rows, ...rest }), shown: { ...drawn, pixels } };
}

function paletted(bits: 1 | 2 | 4 | 8, rest: Partial<Bmp> = {}): BmpVariant {
  const drawn = picture();
  const { palette, indices, shown } = indexed(drawn, bits);
  const rows = packed(indices, drawn.width, bits);
  return { file: bmpFile({ ...drawn, bits, palette, rows, ...rest }), shown };
}

function runLength(bits: 4 | 8, rest: Partial<Bmp> = {}): BmpVariant {
  const drawn = picture();
  const { palette, indices, shown } = indexed(drawn, bits);
  const body = runs(indices, drawn.width, bits);
  return {
    file: bmpFile({ ...drawn, bits, palette, body, compression: bits === 8 ? 1 : 2, ...rest }),
    shown,
  };
}

function plain(rest: Partial<Bmp> = {}): BmpVariant {
  const shown = picture();
  return {
    file: bmpFile({ ...shown, bits: 24, rows: rowsOf(shown, (r, g, b) => [b, g, r]), ...rest }),
    shown,
  };
}

function padded(rest: Partial<Bmp> = {}): BmpVariant {
  const shown = picture();
  return {
    file: bmpFile({ ...shown, bits: 32, rows: rowsOf(shown, (r, g, b) => [b, g, r, 0]), ...rest }),
    shown,
  };
}

/** Every other row is left out: its pixels have index 0. */
function skipped(): BmpVariant {
  const { width, height, pixels } = picture();
  const { palette, indices } = indexed({ width, height, pixels }, 8);
  const kept = indices.map((index, pixel) => (Math.floor(pixel / width) % 2 === 0 ? index : 0));
  const body: number[] = [];
  for (let y = height - 1; y >= 0; y -= 2) {
    body.push(0, width, ...kept.slice(y * width, (y + 1) * width), ...(width % 2 ? [0] : []));
    // To the begin of the row after the next one.
    body.push(0, 0, 0, 2, 0, 1);
  }
  const shown = { width, height, pixels: Uint8Array.from(kept.flatMap((index) => palette[index] ?? [])) };
  return { file: bmpFile({ width, height, bits: 8, palette, compression: 1, body: [...body, 0, 1] }), shown };
}

const RGB565 = [0xf800, 0x7e0, 0x1f];
const RGB888 = [0xff0000, 0xff00, 0xff];

/** BMPs of every kind that is read, drawn byte by byte. */
export const BMP_VARIANTS: Record<string, BmpVariant> = {
  '24 bits': plain(),
  '24 bits, top row first': plain({ topDown: true }),
  '24 bits, pixels after a gap': plain({ gap: 1078 }),
  '24 bits, V4 header': plain({ headerBytes: 108 }),
  '24 bits, V5 header': plain({ headerBytes: 124 }),
  '24 bits, OS/2 1.x': plain({ headerBytes: 12 }),
  '24 bits, OS/2 2.x': plain({ headerBytes: 64 }),
  '24 bits, OS/2 2.x of 16 bytes': { ...plain({ headerBytes: 16 }), notPillow: true },
  '24 bits, no pixel offset': plain({ pixelOffset: 0 }),
  '1 bit': paletted(1),
  '2 bits': { ...paletted(2), notPillow: true },
  '4 bits, odd width': paletted(4),
  '8 bits': paletted(8),
  '8 bits, top row first': paletted(8, { topDown: true }),
  '8 bits, OS/2 1.x': paletted(8, { headerBytes: 12 }),
  '8 bits, number of colours': paletted(8, { colours: 256 }),
  '4 bits, pixels after a gap': paletted(4, { gap: 960, colours: 16 }),
  RLE8: runLength(8),
  'RLE8, V5 header': runLength(8, { headerBytes: 124 }),
  'RLE8, rows left out': skipped(),
  RLE4: runLength(4),
  '16 bits': masked(16, [5, 5, 5], [10, 5, 0], {}),
  '16 bits, V4 header without masks': masked(16, [5, 5, 5], [10, 5, 0], { headerBytes: 108 }),
  '16 bits, masks 5-6-5': masked(16, [5, 6, 5], [11, 5, 0], { compression: 3, masks: RGB565 }),
  '16 bits, masks 4-4-4': {
    ...masked(16, [4, 4, 4], [8, 4, 0], { compression: 3, masks: [0xf00, 0xf0, 0xf] }),
    notPillow: true,
  },
  '32 bits': padded(),
  '32 bits, top row first': padded({ topDown: true }),
  '32 bits, V4 header without masks': padded({ headerBytes: 108 }),
  '32 bits, V5 header without masks': padded({ headerBytes: 124 }),
  '32 bits, masks': padded({ compression: 3, masks: RGB888 }),
  '32 bits, masks in a V5 header, alpha never written': padded({
    compression: 3,
    headerBytes: 124,
    masks: [...RGB888, 0xff000000],
  }),
  '32 bits, red first': {
    ...masked(32, [8, 8, 8], [0, 8, 16], { compression: 3, masks: RGB888.toReversed() }),
    notPillow: true,
  },
  '32 bits, padding first': masked(32, [8, 8, 8], [24, 16, 8], {
    compression: 3,
    masks: [0xff000000, 0xff0000, 0xff00],
  }),
  '32 bits, masks of 10': {
    ...masked(32, [10, 10, 10], [20, 10, 0], { compression: 3, masks: [0x3ff00000, 0xffc00, 0x3ff] }),
    notPillow: true,
  },
};
