import { expect, it } from 'vitest';
import { sumOf } from '../../../bench/harness/metrics.js';

it('sums the samples that have the wanted labels, among others', () => {
  const metrics = new Map([
    ['stage_count{stage="queue",model="a 1.0.0"}', 2],
    ['stage_count{stage="queue",model="b 1.0.0"}', 3],
    ['stage_count{stage="preprocess_queue",model="a 1.0.0"}', 5],
    ['stage_count_total', 7],
    ['batches', 11],
  ]);
  expect(sumOf(metrics, 'stage_count', { stage: 'queue' })).toBe(5);
  expect(sumOf(metrics, 'stage_count', { stage: 'queue', model: 'b 1.0.0' })).toBe(3);
  expect(sumOf(metrics, 'batches', {})).toBe(11);
  expect(sumOf(metrics, 'stage_count', { stage: 'read' })).toBeUndefined();
});
