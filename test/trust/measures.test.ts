import { describe, expect, it } from 'vitest';
import { seeded } from '../../src/statistics/seeded.js';
import { largestComponent } from '../../src/trust/component.js';
import { otsuThreshold, percentile } from '../../src/trust/histogram.js';
import { measureCrop } from '../../src/trust/measures.js';
import { MEASURES, type Measure } from '../../src/vocabulary/measures.js';
import { drawCrop } from '../support/generated-crops.js';
import { SIDE } from '../support/generated-registry.js';

const measured = (pixels: Uint8Array, side = SIDE) => {
  const values = measureCrop({ pixels, width: side, height: side });
  return Object.fromEntries(
    MEASURES.map((measure, index) => [measure, values[index] ?? Number.NaN]),
  ) as Record<Measure, number>;
};

/** The mean of each pixel and its eight neighbours, as a lens out of focus gives. */
function blurred(pixels: Uint8Array): Uint8Array {
  return pixels.map((_, at) => {
    let sum = 0;
    for (const row of [-1, 0, 1]) {
      for (const column of [-1, 0, 1]) sum += pixels[at + 3 * (row * SIDE + column)] ?? pixels[at] ?? 0;
    }
    return sum / 9;
  });
}

describe('histograms', () => {
  it('give percentiles and the threshold between two groups', () => {
    const histogram = new Uint32Array(256);
    histogram.set([5, 5], 10);
    histogram.set([5, 5], 200);
    expect([0.05, 0.25, 0.5, 0.75, 0.8, 1].map((share) => percentile(histogram, 20, share))).toEqual([
      10, 10, 11, 200, 201, 201,
    ]);
    expect(otsuThreshold(histogram, 20)).toBe(11);
    expect(otsuThreshold(new Uint32Array(256).fill(9, 7, 8), 9)).toBe(-1);
  });
});

describe('the largest part of a mask', () => {
  it('is connected by sides, and knows how much of it is on the border', () => {
    const mask = Uint8Array.from([1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1]);
    expect(largestComponent(mask, 4, 4)).toEqual({ size: 4, onBorder: 2 });
    expect(largestComponent(new Uint8Array(16), 4, 4)).toEqual({ size: 0, onBorder: 0 });
  });
});

describe('image measures', () => {
  const crop = drawCrop(seeded(3));
  const usual = measured(crop);

  it('of a checkerboard are those that one can count', () => {
    const board = new Uint8Array(6 * 6 * 3);
    for (let at = 0; at < 36; at++)
      board.fill((Math.floor(at / 6) + at) % 2 === 0 ? 200 : 100, 3 * at, 3 * at + 3);
    expect(measured(board, 6)).toMatchObject({
      exposure: 200,
      contrast: 100,
      saturation: 0,
      backgroundRedGreen: 0,
      stain: 100,
      // Two pixels further it is the same again.
      detail: 0,
      focus: 400 ** 2,
      cellArea: 1 / 36,
      // Of 36 parts alike the first one, which is one of 20 on the border.
      borderCut: 0.05,
    });
  });

  it('see a blurred crop', () => {
    const other = measured(blurred(crop));
    expect(other.focus).toBeLessThan(usual.focus / 4);
    expect(other.detail).toBeLessThan(usual.detail);
  });

  it('see a darker lamp, a darker stain, a colour cast and swapped colours', () => {
    expect(measured(drawCrop(seeded(3), { light: 0.8 })).exposure).toBeLessThan(usual.exposure - 30);
    expect(measured(drawCrop(seeded(3), { stain: 0.7 })).stain).toBeLessThan(usual.stain - 15);
    const yellow = crop.map((level, at) => (at % 3 === 2 ? level - 30 : level));
    expect(measured(yellow).backgroundBlueGreen).toBeCloseTo(usual.backgroundBlueGreen - 30, 0);
    const swapped = measured(drawCrop(seeded(3), { swapped: true }));
    expect(swapped.backgroundRedGreen).toBeLessThan(usual.backgroundRedGreen);
    expect(swapped.stainBlueGreen).not.toBeCloseTo(usual.stainBlueGreen, 0);
  });

  it('see a cell that the border cuts', () => {
    expect(usual.borderCut).toBe(0);
    const half = new Uint8Array(crop.length);
    // Ten columns to the left.
    for (let at = 0; at < crop.length; at++) half[at] = crop[at + 30] ?? 230;
    expect(measured(half).borderCut).toBeGreaterThan(0.05);
  });

  it('of a crop of one level are zeros, not NaN', () => {
    const values = measureCrop({
      pixels: new Uint8Array(SIDE * SIDE * 3).fill(90),
      width: SIDE,
      height: SIDE,
    });
    expect([...values].every(Number.isFinite)).toBe(true);
    expect(measured(new Uint8Array(SIDE * SIDE * 3)).saturation).toBe(0);
  });
});
