import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { measureCrop } from '../../src/trust/measures.js';
import { NoveltyScorer } from '../../src/trust/novelty.js';
import { MEASURES } from '../../src/vocabulary/measures.js';
import { fixture, readFixture } from '../support/fixtures.js';

/** Written by training/tests/trust/fixtures.py, which training's tests hold its own twins to. */
const read = (name: string) => JSON.parse(readFixture(name).toString());

describe("the twins of training's measures and novelty", () => {
  it.each(Object.entries<number[]>(read('measures.json')))('measure %s alike', async (name, expected) => {
    const { data, info } = await sharp(fixture(`preprocessed/${name}`))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const found = measureCrop({ pixels: data, width: info.width, height: info.height });
    for (const [index, measure] of MEASURES.entries())
      expect(found[index], measure).toBeCloseTo(expected[index] as number, 6);
  });

  it('score features alike', () => {
    const { weights, arrays, crops } = read('novelty.json');
    const stored = Object.fromEntries(
      Object.entries<{ shape: number[]; values: number[] }>(arrays).map(([name, { shape, values }]) => [
        name,
        { shape, values: Float32Array.from(values) },
      ]),
    );
    const [first] = crops;
    const scorer = new NoveltyScorer(
      { features: 'raw', weights, arrays: stored },
      first.features.length,
      MEASURES.length,
    );
    for (const crop of crops) expect(scorer.score({ ...crop, logits: [0] })).toBeCloseTo(crop.score, 5);
  });
});
