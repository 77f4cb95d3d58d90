import type { ViewCount } from '../vocabulary/views.js';

/**
 * Views of a square crop for test-time augmentation: a blood cell has no up, so all of them show the same cell, and
 * what a model says of them on average is better than of each (Krizhevsky et al. 2012; `npm run train:tta`). The mean is of
 * the logits: that of the probabilities is less confident than the temperature was fitted to (docs/results.md).
 *
 * @param pixels uint8 (side, side, channels).
 * @returns the crop itself, then the others, alike in shape.
 */
export function viewsOf(pixels: Uint8Array, side: number, count: ViewCount): Uint8Array[] {
  const views = [pixels];
  while (views.length < Math.min(count, 4)) views.push(turned(views.at(-1) ?? pixels, side));
  return count === 8 ? [...views, ...views.map((view) => mirrored(view, side))] : views;
}

/** By a quarter turn. */
function turned(pixels: Uint8Array, side: number): Uint8Array {
  return rearranged(pixels, side, (row, column) => column * side + side - 1 - row);
}

function mirrored(pixels: Uint8Array, side: number): Uint8Array {
  return rearranged(pixels, side, (row, column) => row * side + side - 1 - column);
}

/** @param from the pixel, counted from 0, that comes to a row and column. */
function rearranged(
  pixels: Uint8Array,
  side: number,
  from: (row: number, column: number) => number,
): Uint8Array {
  const channels = pixels.length / side ** 2;
  const result = new Uint8Array(pixels.length);
  let to = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const start = from(row, column) * channels;
      for (let channel = 0; channel < channels; channel++) result[to++] = pixels[start + channel] ?? 0;
    }
  }
  return result;
}
