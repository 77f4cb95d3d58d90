import { describe, expect, it } from 'vitest';
import { seeded } from '../../src/statistics/seeded.js';
import { populationStabilityIndex } from '../../src/trust/drift/histogram.js';
import type { Reference } from '../../src/trust/drift/quantities.js';
import { SourceWindow } from '../../src/trust/drift/source-window.js';

const GRID = Array.from({ length: 101 }, (_, index) => index / 100);

/** A normal value by Box and Muller's transform. */
function normal(random: () => number, mean = 0, deviation = 1): number {
  return mean + deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Two classes that look quite different; 0.8 of `borderCut` is zero. */
const looks: Record<string, number> = { neutrophil: 0, platelet: 30 };
const valuesOf = (random: () => number, name: string, shift = 0) => ({
  focus: normal(random, (looks[name] ?? 0) + shift),
  stain: normal(random, -(looks[name] ?? 0)),
  borderCut: random() < 0.8 ? 0 : random(),
});

function referenceOf(random: () => number, n: number): Reference {
  const quantilesOf = (values: number[]) => {
    const sorted = values.sort((a, b) => a - b);
    return { grid: GRID, values: GRID.map((share) => sorted[Math.round(share * (n - 1))] ?? 0) };
  };
  return Object.fromEntries(
    Object.keys(looks).map((name) => {
      const all = Array.from({ length: n }, () => valuesOf(random, name));
      const distributions = {
        focus: quantilesOf(all.map(({ focus }) => focus)),
        stain: quantilesOf(all.map(({ stain }) => stain)),
        borderCut: quantilesOf(all.map(({ borderCut }) => borderCut)),
      };
      return [name, { n, distributions }];
    }),
  );
}

/** Crops until the first report; undefined where there is none. */
function replay(
  window: SourceWindow,
  random: () => number,
  crops: number,
  { shift = 0, neutrophils = 0.5 } = {},
): number | undefined {
  for (let crop = 1; crop <= crops; crop++) {
    const name = random() < neutrophils ? 'neutrophil' : 'platelet';
    window.add(name, valuesOf(random, name, shift));
    if (window.state === 'shifted') return crop;
  }
  return undefined;
}

describe('a source', () => {
  const reference = referenceOf(seeded(1), 150);
  const seeds = Array.from({ length: 20 }, (_, index) => index + 10);

  it('is not reported over 2,000 usual crops, whatever its mix of classes', () => {
    for (const seed of seeds) {
      const neutrophils = (seed % 10) / 10;
      expect(replay(new SourceWindow(reference), seeded(seed), 2000, { neutrophils })).toBeUndefined();
    }
  });

  it('is reported within 200 crops of a shift by one deviation, from the start and after 1,000 usual crops', () => {
    for (const seed of seeds) {
      expect(replay(new SourceWindow(reference), seeded(seed), 200, { shift: 1 })).toBeDefined();
      const window = new SourceWindow(reference);
      const random = seeded(seed);
      expect(replay(window, random, 1000)).toBeUndefined();
      expect(replay(window, random, 200, { shift: 1 })).toBeDefined();
      expect(window.shifted).toEqual(['focus']);
    }
  });

  it('is as usual again once its crops are', () => {
    const window = new SourceWindow(reference);
    const random = seeded(5);
    expect(replay(window, random, 300, { shift: 2 })).toBeDefined();
    for (let crop = 0; crop < 300; crop++) window.add('neutrophil', valuesOf(random, 'neutrophil'));
    expect(window.state).toBe('usual');
    expect(window.seen).toBeGreaterThan(300);
  });

  it('collects first, and tells distances, limits and classes', () => {
    const window = new SourceWindow(reference);
    window.add('neutrophil', { focus: 0 });
    window.add('basophil', { focus: 0 });
    expect(window.state).toBe('collecting');
    expect(window.classes().shares).toEqual({ neutrophil: 0.5, basophil: 0.5 });
    expect(window.quantities()).toHaveLength(1);
    const [focus] = window.quantities();
    expect(focus).toMatchObject({ quantity: 'focus', n: 1, shifted: false });
    expect(focus?.limit).toBeGreaterThan(1);
  });
});

describe('the population stability index', () => {
  it('is zero for the same shares, and the formula’s value for others', () => {
    expect(populationStabilityIndex([0.5, 0.5], [500, 500])).toBe(0);
    const expected = (0.8 - 0.5) * Math.log(0.8 / 0.5) + (0.2 - 0.5) * Math.log(0.2 / 0.5);
    expect(populationStabilityIndex([0.5, 0.5], [800_000, 200_000])).toBeCloseTo(expected, 4);
    expect(populationStabilityIndex([0.5, 0.5], [0, 0])).toBe(0);
    expect(populationStabilityIndex([1, 0], [0, 10])).toBeGreaterThan(0.25);
  });
});
