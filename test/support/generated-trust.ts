import { argmax, softmax } from '../../src/classify/probabilities.js';
import type { TrustData } from '../../src/registry/trust-data.js';
import { seeded } from '../../src/statistics/seeded.js';
import { measureCrop } from '../../src/trust/measures.js';
import { NoveltyScorer } from '../../src/trust/novelty.js';
import { MEASURES } from '../../src/vocabulary/measures.js';
import { CLASSES } from './fixtures.js';
import { drawCrop } from './generated-crops.js';
import { type GeneratedTrust, SIDE, WEIGHTS } from './generated-registry.js';

const TAILS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04];
const GRID = [
  0,
  ...TAILS,
  ...Array.from({ length: 19 }, (_, index) => (index + 1) / 20),
  ...TAILS.map((tail) => 1 - tail).reverse(),
  1,
];

/** Fits trust data for the generated network (its features are the mean colours) on drawn crops. */
export function fitTrust(count = 1000, seed = 1): GeneratedTrust {
  const random = seeded(seed);
  const crops = Array.from({ length: count }, () => judgeCrop(drawCrop(random)));
  const featureRows = crops.map(({ features }) => [...features]);
  const measureRows = crops.map(({ measures }) => [...measures]);
  const ofFeatures = standardized(featureRows);
  const ofMeasures = standardized(measureRows);
  const identity = (size: number) =>
    Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0));
  const arrays: [name: string, shape: number[], values: number[]][] = [
    ['mean', [3], ofFeatures.mean],
    ['projection', [3, 3], identity(3)],
    ['scales', [3], ofFeatures.scales],
    ['classMeans', [1, 3], [0, 0, 0]],
    ['appearanceMean', [MEASURES.length], ofMeasures.mean],
    ['appearanceScales', [MEASURES.length], ofMeasures.scales],
    ['appearanceProjection', [MEASURES.length, MEASURES.length], identity(MEASURES.length)],
    ['appearanceClassMeans', [1, MEASURES.length], MEASURES.map(() => 0)],
  ];
  const model = {
    features: 'raw' as const,
    weights: { distance: 1, appearance: 0.5 },
    arrays: Object.fromEntries(
      arrays.map(([name, shape, values]) => [name, { shape, values: Float32Array.from(values) }]),
    ),
  };
  const scorer = new NoveltyScorer(model, 3, MEASURES.length);
  const scores = crops.map((crop) => scorer.score(crop));
  const byClass = (name: string) => crops.flatMap((crop, index) => (crop.class === name ? [index] : []));
  const pick = (values: readonly number[], of: readonly number[]) => of.map((index) => values[index] ?? 0);
  const measuresOf = (of: readonly number[]) =>
    Object.fromEntries(
      MEASURES.map((measure, column) => [
        measure,
        quantiles(
          pick(
            measureRows.map((row) => row[column] ?? 0),
            of,
          ),
        ),
      ]),
    ) as TrustData['measures'];
  const all = [...crops.keys()];
  const data: TrustData = {
    formatVersion: 1,
    part: 'validation',
    n: count,
    command: 'test/support/generated-trust.ts',
    grid: GRID,
    conformal: {
      method: 'LAC',
      scores: Object.fromEntries(
        CLASSES.map((name) => [
          name,
          pick(
            crops.map(({ probability }) => 1 - probability),
            byClass(name),
          ).sort((a, b) => a - b),
        ]),
      ),
    },
    novelty: {
      method: 'test',
      file: 'trust.bin',
      arrays: arrays.map(([name, shape]) => ({ name, shape })) as NonNullable<TrustData['novelty']>['arrays'],
      features: model.features,
      weights: model.weights,
      quantiles: { float32: quantiles(scores) },
    },
    measures: measuresOf(all),
    drift: Object.fromEntries(
      CLASSES.map((name) => [name, byClass(name)] as const)
        .filter(([, of]) => of.length > 0)
        .map(([name, of]) => [
          name,
          {
            n: of.length,
            probability: quantiles(
              pick(
                crops.map(({ probability }) => probability),
                of,
              ),
            ),
            novelty: { float32: quantiles(pick(scores, of)) },
            measures: measuresOf(of),
          },
        ]),
    ),
  };
  return { data, arrays: new Uint8Array(Float32Array.from(arrays.flatMap(([, , values]) => values)).buffer) };
}

/** What the generated network and the image measures say of a crop; its own answer counts as right. */
export function judgeCrop(pixels: Uint8Array) {
  const features = [0, 1, 2].map((channel) => {
    let sum = 0;
    for (let at = channel; at < pixels.length; at += 3) sum += pixels[at] ?? 0;
    return sum / (pixels.length / 3);
  });
  const logits = CLASSES.map((_, index) =>
    features.reduce((sum, value, channel) => sum + value * (WEIGHTS[channel]?.[index] ?? 0), 0),
  );
  const probabilities = softmax(Float64Array.from(logits), 1);
  const best = argmax(probabilities);
  const measures = measureCrop({ pixels, width: SIDE, height: SIDE });
  return { features, logits, probability: probabilities[best] ?? 0, class: CLASSES[best] ?? '', measures };
}

function standardized(rows: readonly number[][]): { mean: number[]; scales: number[] } {
  const columns = (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? 0));
  const mean = columns.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  const scales = columns.map((values, column) => {
    const variance =
      values.reduce((sum, value) => sum + (value - (mean[column] ?? 0)) ** 2, 0) / values.length;
    return 1 / Math.sqrt(variance + 1e-9);
  });
  return { mean, scales };
}

/** At GRID's probabilities, between two values on the straight line. */
export function quantiles(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return GRID.map((probability) => {
    const at = probability * (sorted.length - 1);
    const low = Math.floor(at);
    const from = sorted[low] ?? 0;
    return from + (at - low) * ((sorted[low + 1] ?? from) - from);
  });
}
