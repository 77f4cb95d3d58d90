import { move } from 'piscina';
import { type BmpPixels, decodeBmp } from './decode.js';
import type { BmpHeader } from './header.js';

/** Decodes a BMP in a worker thread. */
export default function decode({ encoded, header }: { encoded: Uint8Array; header: BmpHeader }): BmpPixels {
  const { pixels, channels } = decodeBmp(encoded, header);
  return { pixels: move(pixels) as typeof pixels, channels };
}
