import koffi from 'koffi';
import type { Size } from './size.js';

type Handle = bigint;

interface Decoder {
  handle: Handle;
  /** For the pixels of one image after the other: fresh memory costs more than a copy. */
  memory: Buffer;
}

/** Of turbojpeg.h: the pixel format, and flags for the exact transform and for stopping at a warning. */
const TJPF_RGB = 0;
const TJFLAG_ACCURATEDCT = 4096;
const TJFLAG_STOPONWARNING = 8192;

/** By name: a library stays in the process until its end, and so do koffi's declarations. */
const opened = new Map<string, TurboJpeg>();

/** libjpeg-turbo, by its TurboJPEG API (turbojpeg.h, version 2.0 or newer): decodes in libuv's threads. */
export class TurboJpeg {
  readonly #library: ReturnType<typeof declare>;
  /** Those at rest. As many are made as images are decoded at a time. */
  readonly #decoders: Decoder[] = [];

  private constructor(library: ReturnType<typeof declare>) {
    this.#library = library;
  }

  /**
   * @param library its file, or its name where the system finds it; `off`: none.
   * @returns undefined where it is not there.
   */
  static open(library: string): TurboJpeg | undefined {
    if (library === 'off') return undefined;
    try {
      const turboJpeg = opened.get(library) ?? new TurboJpeg(declare(library));
      opened.set(library, turboJpeg);
      return turboJpeg;
    } catch {
      return undefined;
    }
  }

  /**
   * Decodes a JPEG of 8 bits, grey or YCbCr, with the accurate inverse transform and smooth chroma, as libvips does.
   *
   * @param size what its header says.
   * @param use gets uint8 (height, width, 3), RGB, which is its own until it ends.
   * @returns what `use` does; undefined where the library warns of anything.
   */
  async decode<T>(
    encoded: Uint8Array,
    { width, height }: Size,
    use: (pixels: Uint8Array) => Promise<T>,
  ): Promise<T | undefined> {
    const decoder = this.#decoders.pop() ?? {
      handle: this.#library.createDecoder(),
      memory: Buffer.alloc(0),
    };
    try {
      const [foundWidth, foundHeight] = this.#library.readSize(decoder.handle, encoded);
      if (foundWidth !== width || foundHeight !== height) return undefined;
      const bytes = width * height * 3;
      if (decoder.memory.length < bytes) decoder.memory = Buffer.allocUnsafeSlow(bytes);
      const pixels = decoder.memory.subarray(0, bytes);
      const isWhole = await this.#library.decode(decoder.handle, encoded, pixels, width, height);
      return isWhole ? await use(pixels) : undefined;
    } finally {
      this.#decoders.push(decoder);
    }
  }
}

function declare(name: string) {
  const library = koffi.load(name);
  const decompress = library.func(
    'int tjDecompress2(void *, const uint8_t *, unsigned long, uint8_t *, int, int, int, int, int)',
  );
  const readHeader = library.func(
    'int tjDecompressHeader3(void *, const uint8_t *, unsigned long, _Out_ int *, _Out_ int *, _Out_ int *, _Out_ int *)',
  );
  const create = library.func('void *tjInitDecompress()');
  return {
    createDecoder(): Handle {
      const decoder = create() as Handle | null;
      if (decoder === null) throw new Error('libjpeg-turbo makes no decoder');
      return decoder;
    },
    readSize(decoder: Handle, encoded: Uint8Array): number[] {
      const [width, height, sampling, colours] = [[0], [0], [0], [0]];
      readHeader(decoder, encoded, encoded.length, width, height, sampling, colours);
      return [width, height].map(([value = 0]) => value);
    },
    /** Whether it went without a warning. */
    decode(
      decoder: Handle,
      encoded: Uint8Array,
      pixels: Uint8Array,
      width: number,
      height: number,
    ): Promise<boolean> {
      const held = new Set([encoded, pixels]);
      const flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING;
      return new Promise((done, fail) => {
        decompress.async(
          ...[decoder, encoded, encoded.length, pixels, width, 0, height, TJPF_RGB, flags],
          (error: unknown, status: number) => {
            // koffi does not hold the memory that the thread reads and writes; this function does until now.
            held.clear();
            if (error) fail(error);
            else done(status === 0);
          },
        );
      });
    },
  };
}
