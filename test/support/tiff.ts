import { indexed, type Picture, picture } from './picture.js';

/** Tags by their numbers. A number is a SHORT, a text ASCII. */
type Tags = Record<number, number | number[] | string>;

export interface TiffPage {
  width: number;
  height: number;
  tags: Tags;
  data: Uint8Array;
}

const [SHORT, LONG, ASCII] = [3, 4, 2];

/** A TIFF of pages of one strip each, little-endian. */
export function tiffFile(...pages: TiffPage[]): Buffer {
  const parts: Buffer[] = [Buffer.from('II*\0\0\0\0\0', 'latin1')];
  let length = 8;
  /** Where the offset of the next page goes. */
  let [owner, place] = [parts[0] as Buffer, 4];
  const append = (part: Buffer) => {
    parts.push(part);
    length += part.length;
    return length - part.length;
  };
  for (const { width, height, tags, data } of pages) {
    const strip = append(Buffer.from(data));
    const all: [number, Tags[number], number][] = [
      ...Object.entries({ 256: width, 257: height, ...tags }).map(
        ([tag, value]) =>
          [Number(tag), value, typeof value === 'string' ? ASCII : SHORT] as [number, Tags[number], number],
      ),
      [273, strip, LONG],
      [279, data.length, LONG],
    ];
    all.sort(([a], [b]) => a - b);
    const directory = Buffer.alloc(2 + 12 * all.length + 4);
    directory.writeUInt16LE(all.length);
    for (const [index, [tag, value, type]] of all.entries()) {
      const values = typeof value === 'string' ? [...Buffer.from(`${value}\0`)] : [value].flat();
      const bytes = type === LONG ? 4 : type === SHORT ? 2 : 1;
      const encoded = Buffer.alloc(Math.max(4, values.length * bytes));
      for (const [at, number] of values.entries()) encoded.writeUIntLE(number, at * bytes, bytes);
      const entry = 2 + 12 * index;
      directory.writeUInt16LE(tag, entry);
      directory.writeUInt16LE(type, entry + 2);
      directory.writeUInt32LE(values.length, entry + 4);
      if (values.length * bytes <= 4) encoded.copy(directory, entry + 8);
      else directory.writeUInt32LE(append(encoded), entry + 8);
    }
    owner.writeUInt32LE(append(directory), place);
    [owner, place] = [directory, directory.length - 4];
  }
  return Buffer.concat(parts);
}

const [GREY, RGB] = [1, 2];

/** A page of a picture: what each sample is written as, and tags beside the usual ones. */
export function page(
  { width, height, pixels }: Picture,
  { bits = 8, samples = 3, photometric = RGB, tags = {} as Tags, write = (value: number) => [value] } = {},
): TiffPage {
  const data = Uint8Array.from([...pixels].flatMap(write));
  return {
    width,
    height,
    data,
    tags: {
      258: new Array(samples).fill(bits),
      259: 1,
      262: photometric,
      277: samples,
      278: height,
      ...tags,
    },
  };
}

const deep = (scale: number) => (value: number) => {
  const scaled = Math.round(value * scale);
  return [scaled & 255, scaled >> 8];
};
function float32(value: number): number[] {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return [...bytes];
}
/** Three samples, and one more. */
const withExtra = ({ width, height, pixels }: Picture, extra: number): Picture => ({
  width,
  height,
  pixels: Uint8Array.from([...pixels].flatMap((value, at) => (at % 3 === 2 ? [value, extra] : [value]))),
});

const drawn = picture();
const green = { ...drawn, pixels: drawn.pixels.filter((_, at) => at % 3 === 1) };
const grey = {
  ...drawn,
  pixels: Uint8Array.from([...green.pixels].flatMap((value) => [value, value, value])),
};
const { palette, indices, shown: colours } = indexed(drawn, 8);
const greyPage = (options: Parameters<typeof page>[1] = {}) =>
  page(green, { samples: 1, photometric: GREY, ...options });
const small = page(
  { ...drawn, width: 10, height: 10, pixels: drawn.pixels.subarray(0, 300) },
  { tags: { 254: 1 } },
);

/** TIFFs that are read, and what they show. */
export const TIFFS_READ: Record<string, { file: Buffer; shown: Picture }> = {
  RGB: { file: tiffFile(page(drawn)), shown: drawn },
  'a tag out of order': { file: outOfOrder(tiffFile(page(drawn))), shown: drawn },
  grey: { file: tiffFile(greyPage()), shown: grey },
  'grey, white is 0': {
    file: tiffFile(greyPage({ photometric: 0, write: (value) => [255 - value] })),
    shown: grey,
  },
  palette: {
    file: tiffFile(
      page(
        { ...drawn, pixels: Uint8Array.from(indices) },
        {
          samples: 1,
          photometric: 3,
          tags: {
            320: [0, 1, 2].flatMap((channel) => palette.map((colour) => (colour[channel] ?? 0) * 257)),
          },
        },
      ),
    ),
    shown: colours,
  },
  '16 bits': { file: tiffFile(page(drawn, { bits: 16, write: deep(257) })), shown: drawn },
  '16 bits, largest value of the image': {
    file: tiffFile(page(drawn, { bits: 16, write: deep(257), tags: { 281: [64250, 64250, 64250] } })),
    shown: drawn,
  },
  '12 bits in 16': {
    file: tiffFile(page(drawn, { bits: 16, write: deep(4095 / 255), tags: { 281: [4095, 4095, 4095] } })),
    shown: drawn,
  },
  '10 bits in 16': {
    file: tiffFile(page(drawn, { bits: 16, write: deep(1023 / 255), tags: { 281: [1023, 1023, 1023] } })),
    shown: drawn,
  },
  'grey, 12 bits in 16': {
    file: tiffFile(greyPage({ bits: 16, write: deep(4095 / 255), tags: { 281: 4095 } })),
    shown: grey,
  },
  'grey, white is 0, 12 bits in 16': {
    file: tiffFile(
      greyPage({
        bits: 16,
        photometric: 0,
        write: (value) => deep(1)(4095 - Math.round((value * 4095) / 255)),
        tags: { 281: 4095 },
      }),
    ),
    shown: grey,
  },
  'opaque alpha': {
    file: tiffFile(page(withExtra(drawn, 255), { samples: 4, tags: { 338: 2 } })),
    shown: drawn,
  },
  'a sample that is no alpha': {
    file: tiffFile(page(withExtra(drawn, 7), { samples: 4, tags: { 338: 0 } })),
    shown: drawn,
  },
  'a sample that nothing is said of': {
    file: tiffFile(page(withExtra(drawn, 0), { samples: 4 })),
    shown: drawn,
  },
  'a small picture first': { file: tiffFile(small, page(drawn)), shown: drawn },
  'a small picture last': { file: tiffFile(page(drawn), small), shown: drawn },
};

/** TIFFs that are refused, and words of the reason. */
export const TIFFS_REFUSED: Record<string, { file: Buffer; words: RegExp }> = {
  'three pages': { file: tiffFile(greyPage(), greyPage(), greyPage()), words: /3 pages/ },
  "ImageJ's stack in one page": {
    file: tiffFile(greyPage({ tags: { 270: 'ImageJ=1.53t\nimages=3\nchannels=3\n' } })),
    words: /3 pages/,
  },
  'floating point': {
    file: tiffFile(page(drawn, { bits: 32, write: float32, tags: { 339: [3, 3, 3] } })),
    words: /floating-point/,
  },
  '32 bits': {
    file: tiffFile(page(drawn, { bits: 32, write: (value) => [0, 0, 0, value] })),
    words: /32 bits/,
  },
  'signed values': {
    file: tiffFile(page(drawn, { write: (value) => [value ^ 128], tags: { 339: [2, 2, 2] } })),
    words: /signed/,
  },
  '12 bits': { file: tiffFile(page(drawn, { bits: 12 })), words: /12 bits/ },
  'three samples of 4 bits': { file: tiffFile(page(drawn, { bits: 4 })), words: /less than 8 bits/ },
  'bits that differ': { file: tiffFile(page(drawn, { tags: { 258: [5, 6, 5] } })), words: /5, 6 bits/ },
  '12 bits in 16, and nothing says so': {
    file: tiffFile(page(drawn, { bits: 16, write: deep(4095 / 255) })),
    words: /does not say its range/,
  },
  '8 bits in 16, and nothing says so': {
    file: tiffFile(page(drawn, { bits: 16, write: deep(1) })),
    words: /does not say its range/,
  },
  'a largest value that is no number of bits': {
    file: tiffFile(page(drawn, { bits: 16, write: deep(11), tags: { 281: [3000, 3000, 3000] } })),
    words: /MaxSampleValue is 3000/,
  },
  'YCbCr without JPEG': { file: tiffFile(page(drawn, { photometric: 6 })), words: /YCbCr/ },
  'a colour filter array': { file: tiffFile(greyPage({ photometric: 32803 })), words: /filter array/ },
  'two samples beside the colours': {
    file: tiffFile(page(withExtra(drawn, 7), { samples: 4, photometric: GREY })),
    words: /3 samples/,
  },
  LZMA: { file: tiffFile(page(drawn, { tags: { 259: 34925 } })), words: /compression 34925/ },
};

/** Exchanges the first two entries of the first page. */
function outOfOrder(file: Buffer): Buffer {
  const entries = file.readUInt32LE(4) + 2;
  const first = Buffer.from(file.subarray(entries, entries + 12));
  file.copy(file, entries, entries + 12, entries + 24);
  first.copy(file, entries + 12);
  return file;
}
