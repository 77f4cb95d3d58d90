import koffi from 'koffi';
import type { Size } from './size.js';

type Handle = bigint;

/** Of turbojpeg.h: the pixel format, and flags for the exact transform and for stopping at a warning. */
const TJPF_RGB = 0;
const TJFLAG_ACCURATEDCT = 4096;
const TJFLAG_STOPONWARNING = 8192;

/** libjpeg-turbo, by its TurboJPEG API (turbojpeg.h, version 2.0 or newer): decodes in libuv's threads. */
export class TurboJpeg {
  readonly #library: ReturnType<typeof declare>;
  /** Decoders at rest. As many are made as images are decoded at a time. */
  readonly #decoders: Handle[] = [];

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
      return new TurboJpeg(declare(library));
    } catch {
      return undefined;
    }
  }

  /**
   * Decodes a JPEG of 8 bits, grey or YCbCr, with the accurate inverse transform and smooth chroma, as libvips does.
   *
   * @param size what its header says.
   * @returns uint8 (height, width, 3), RGB; undefined where the library warns of anything.
   */
  async decode(encoded: Uint8Array, { width, height }: Size): Promise<Uint8Array | undefined> {
    const decoder = this.#decoders.pop() ?? this.#library.createDecoder();
    try {
      const [foundWidth, foundHeight] = this.#library.readSize(decoder, encoded);
      if (foundWidth !== width || foundHeight !== height) return undefined;
      const pixels = Buffer.allocUnsafe(width * height * 3);
      return (await this.#library.decode(decoder, encoded, pixels, width, height)) ? pixels : undefined;
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
      const flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING;
      return new Promise((done, fail) => {
        decompress.async(
          ...[decoder, encoded, encoded.length, pixels, width, 0, height, TJPF_RGB, flags],
          (error: unknown, status: number) => (error ? fail(error) : done(status === 0)),
        );
      });
    },
  };
}
