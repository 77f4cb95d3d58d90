import sharp from 'sharp';
import { SIDE } from './generated-registry.js';

/** How a drawn crop differs from the usual ones. */
export interface Shift {
  /** Factor of all levels: 0.8 for a lamp that is darker. */
  light?: number;
  /** Factor of the cell's levels: 0.7 for a darker stain. */
  stain?: number;
  /** Whether red and blue are swapped. */
  swapped?: boolean;
}

/** A stained disc on a light background with a camera's noise: uint8 (SIDE, SIDE, 3). */
export function drawCrop(
  random: () => number,
  { light = 1, stain = 1, swapped = false }: Shift = {},
): Uint8Array {
  const between = (low: number, high: number) => low + (high - low) * random();
  const kind = random();
  const colour = [90 + 110 * kind, 60 + 30 * between(0, 1), 180 - 40 * kind].map((level) => stain * level);
  const lamp = between(-6, 6);
  const background = [240, 226, 216].map((level) => level + lamp);
  const [x, y, radius] = [between(14, 18), between(14, 18), between(6, 10)];
  const pixels = new Uint8Array(SIDE * SIDE * 3);
  for (let at = 0; at < SIDE * SIDE; at++) {
    const distance = Math.hypot((at % SIDE) - x, Math.floor(at / SIDE) - y);
    // A soft edge of two pixels.
    const inside = Math.min(1, Math.max(0, (radius + 1 - distance) / 2));
    for (let channel = 0; channel < 3; channel++) {
      const level = inside * (colour[channel] ?? 0) + (1 - inside) * (background[channel] ?? 0);
      pixels[3 * at + (swapped ? 2 - channel : channel)] = Math.max(
        0,
        Math.min(255, light * level + between(-4, 4)),
      );
    }
  }
  return pixels;
}

/** As a file. */
export async function pngOf(pixels: Uint8Array): Promise<Buffer> {
  return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png()
    .toBuffer();
}

/** So many drawn crops as files to upload. */
export async function drawnFiles(count: number, random: () => number, shift?: Shift): Promise<File[]> {
  const all = Array.from({ length: count }, () => drawCrop(random, shift));
  return Promise.all(
    all.map(async (pixels, index) => new File([new Uint8Array(await pngOf(pixels))], `${index}.png`)),
  );
}
