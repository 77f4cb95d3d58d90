import type { Origin } from '../harness/origin.js';
import { renderOrigin } from './origin.js';
import { type Section, TABLES } from './section.js';
import { round, table } from './tables.js';

/** Where a request's time went under one load. */
export interface StageTimes {
  /** In a crop's order. */
  stages: { name: string; meanMs: number }[];
  requestMeanMs: number;
}

/** Self time on a thread of the code at one place. */
export interface SelfTime {
  where: string;
  msPerCrop: number;
}

export interface ProfileResults extends Origin {
  /** Of each load. */
  seconds: number;
  loads: (StageTimes & { clients: number; cropsPerBatch: number; eventLoopDelayMs: number })[];
  mainThread: { clients: number; selfTimes: SelfTime[] };
}

export const profile: Section<ProfileResults> = { name: 'profile', render };

/** Which code the event loop runs. */
export const mainThread: Section<ProfileResults> = {
  name: 'main-thread',
  results: 'profile',
  document: TABLES,
  render: ({ mainThread: { clients, selfTimes } }) =>
    [`The main thread under ${clients} clients, by self time:`, selfTimesTable(selfTimes)].join('\n\n'),
};

function render({ seconds, loads, mainThread: _mainThread, ...origin }: ProfileResults): string {
  return [
    `${renderOrigin(origin)}. Each load took ${seconds} s.`,
    ...loads.flatMap(({ clients, cropsPerBatch, eventLoopDelayMs, ...times }) => [
      `${clients === 1 ? 'One client' : `${clients} clients`}, ${round(cropsPerBatch)} crops per batch, ` +
        `longest delay of the event loop ${round(eventLoopDelayMs)} ms:`,
      stagesTable(times),
    ]),
  ].join('\n\n');
}

/** The rest is what the request took beyond its stages. */
export function stagesTable({ stages, requestMeanMs }: StageTimes): string {
  const known = stages.reduce((total, { meanMs }) => total + meanMs, 0);
  const rows = [
    ...stages,
    { name: 'rest', meanMs: requestMeanMs - known },
    { name: 'whole request', meanMs: requestMeanMs },
  ];
  return table(
    ['Stage', 'Mean ms', '%'],
    rows.map(({ name, meanMs }) => [name, round(meanMs), String(Math.round((meanMs / requestMeanMs) * 100))]),
  );
}

export function selfTimesTable(selfTimes: SelfTime[]): string {
  const total = selfTimes.reduce((sum, { msPerCrop }) => sum + msPerCrop, 0);
  return table(
    ['Where', '% of the time', 'ms per crop'],
    selfTimes.map(({ where, msPerCrop }) => [where, round((msPerCrop / total) * 100), round(msPerCrop)]),
  );
}
