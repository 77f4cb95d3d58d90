import sharp from 'sharp';

/** What may change at an analyzer, by name: each makes another file of a crop's. */
export const SHIFTS = {
  /** Nothing. */
  none: async (encoded: Buffer) => encoded,
  /** A stain of 1.3 times the absorbance (Beer and Lambert). */
  stain: (encoded: Buffer) => mapped(encoded, (level) => 255 * (level / 255) ** 1.3),
  /** A lamp of 0.85 times the light. */
  light: (encoded: Buffer) => mapped(encoded, (level) => 0.85 * level),
  /** A lens out of focus: a Gaussian of 1.5 pixels of the file. */
  blur: (encoded: Buffer) => sharp(encoded).blur(1.5).png().toBuffer(),
} satisfies Record<string, (encoded: Buffer) => Promise<Buffer>>;

export type ShiftName = keyof typeof SHIFTS;

async function mapped(encoded: Buffer, to: (level: number) => number): Promise<Buffer> {
  const { data, info } = await sharp(encoded)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const table = Uint8Array.from({ length: 256 }, (_, level) => Math.round(to(level)));
  const { width, height, channels } = info;
  return sharp(
    data.map((level) => table[level] ?? 0),
    { raw: { width, height, channels } },
  )
    .png()
    .toBuffer();
}
