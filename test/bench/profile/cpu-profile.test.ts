import { expect, it } from 'vitest';
import { selfTimes } from '../../../bench/profile/cpu-profile.js';
import { selfTimesTable } from '../../../bench/report/profile.js';

it('sums a CPU profile up within a window', () => {
  const node = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } });
  const profile = {
    nodes: [
      node(1, '(idle)', ''),
      node(2, 'parse', 'file:///x/node_modules/@fastify/multipart/index.js'),
      node(3, 'classify', 'file:///x/dist/routes/classify.js'),
    ],
    startTime: 0,
    endTime: 4_000_000,
    samples: [3, 1, 2, 2],
    timeDeltas: [1_000_000, 1_000_000, 1_000_000, 1_000_000],
  };
  expect(
    selfTimesTable(selfTimes(profile, [2.5, 0], 10))
      .split('\n')
      .slice(2),
  ).toEqual(['| @fastify/multipart | 66.7 | 200 |', '| (idle) | 33.3 | 100 |', '| others | 0 | 0 |']);
});
