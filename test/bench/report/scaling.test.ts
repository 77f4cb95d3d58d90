import { expect, it } from 'vitest';
import { scaling } from '../../../bench/report/scaling.js';

it('computes what a machine with more cores would give', () => {
  const text = scaling.render({
    date: '2026-11-26',
    commit: 'abc',
    model: 'small 1.0.0',
    crops: 'PBC',
    machine: { processor: 'CPU', cores: 2, memoryGiB: 8, node: '24' },
    clients: 32,
    seconds: 8,
    measured: [
      { cores: 1, oneProcess: 100, replicas: 100 },
      { cores: 2, oneProcess: 160, replicas: 180 },
    ],
  });
  expect(text.split('\n').filter((line) => /(measured|computed) \|/.test(line))).toEqual([
    '| 1 | measured | 100 | 1 | 100 | 1 |',
    '| 2 | measured | 160 | 1.6 | 180 | 1.8 |',
    '| 4 | computed | 229 | 2.29 | 360 | 3.6 |',
    '| 8 | computed | 291 | 2.91 | 720 | 7.2 |',
    '| 16 | computed | 337 | 3.37 | 1440 | 14.4 |',
  ]);
  expect(text).toContain('a serial part of 25 %');
});
