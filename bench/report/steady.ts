import type { Origin } from '../harness/origin.js';
import { growthOf, MOST_GROWTH } from './growth.js';
import { renderOrigin } from './origin.js';
import { type Section, TABLES } from './section.js';
import { round, table } from './tables.js';

/** A steady load, read ten times. */
export interface SteadyResults extends Origin {
  minutes: number;
  /** Share of the throughput that 32 clients had just before. */
  percent: number;
  perSecond: number;
  readings: SteadyReading[];
}

export interface SteadyReading {
  crops: number;
  /** With 503. */
  refused: number;
  /** Answered neither with classes nor with 503. */
  failed: number;
  p99Ms: number;
  memoryMiB: number;
}

export const steady: Section<SteadyResults> = { name: 'steady', document: TABLES, render };

/** Whether every crop was answered with classes, and memory stayed flat. */
export function isSteady({ readings }: SteadyResults): boolean {
  return readings.every(({ refused, failed }) => refused + failed === 0) && growthOf(readings) <= MOST_GROWTH;
}

function render(results: SteadyResults): string {
  const { minutes, percent, perSecond, readings, ...origin } = results;
  const total = (key: 'crops' | 'refused' | 'failed') =>
    readings.reduce((sum, reading) => sum + reading[key], 0);
  return [
    `${renderOrigin(origin)}. ${perSecond} crops/s for ${minutes} minutes, ${percent} % of what it took from 32 clients.`,
    table(
      ['Minute', 'Crops', 'Refused (503)', 'Failed', 'p99 ms', 'MiB (PSS)'],
      readings.map(({ crops, refused, failed, p99Ms, memoryMiB }, index) => [
        round(((index + 1) * minutes) / readings.length),
        ...[crops, refused, failed].map(String),
        ...[p99Ms, memoryMiB].map(round),
      ]),
    ),
    `${total('crops')} crops, ${total('refused')} refused, ${total('failed')} failed (none may be); memory grew by ` +
      `${round(100 * growthOf(readings))} % after the first reading (at most ${100 * MOST_GROWTH} %): ${isSteady(results) ? 'pass' : 'FAIL'}.`,
  ].join('\n\n');
}
