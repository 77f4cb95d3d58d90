import { expect, it } from 'vitest';
import { riskCoverage } from '../../src/statistics/risk-coverage.js';

it('the risk-coverage curve has the accuracy of the most confident predictions', () => {
  // The twenty least confident of a hundred are wrong.
  const confidences = Array.from({ length: 100 }, (_, index) => (index + 1) / 100);
  const right = confidences.map((confidence) => confidence > 0.2);
  const curve = riskCoverage(confidences, right);
  const at = (share: number) => curve.find(({ accepted }) => accepted === share);
  expect(at(1)).toMatchObject({ leastConfidence: 0.01, accuracy: { value: 0.8 } });
  expect(at(0.9)?.accuracy.value).toBeCloseTo(80 / 90, 12);
  expect(at(0.8)).toMatchObject({ leastConfidence: 0.21, accuracy: { value: 1, upper95: 1 } });
  expect(at(0.5)?.accuracy.value).toBe(1);
  expect(riskCoverage([], [])).toEqual([]);
});
