import type { Origin } from '../harness/origin.js';
import { renderOrigin } from './origin.js';
import { type Section, TABLES } from './section.js';
import { round, table } from './tables.js';

/** The service's memory while crops go through it. */
export interface SoakResults extends Origin {
  clients: number;
  /** Memory was read about each time that so many crops had been answered. */
  stepCrops: number;
  readings: { crops: number; memoryMiB: number }[];
}

/** Largest accepted growth after the first step. */
const GROWTH = 0.05;

export const soak: Section<SoakResults> = { name: 'soak', document: TABLES, render };

function render({ clients, stepCrops, readings, ...origin }: SoakResults): string {
  const [first = Number.NaN, ...later] = readings.map(({ memoryMiB }) => memoryMiB);
  const growth = Math.max(...later) / first - 1;
  return [
    `${renderOrigin(origin)}. ${clients} clients.`,
    table(
      ['Crops', 'MiB (PSS)'],
      readings.map(({ crops, memoryMiB }) => [String(crops), round(memoryMiB)]),
    ),
    `Largest growth after the first ${stepCrops} crops: ${round(growth * 100)} % (at most ${GROWTH * 100} %): ` +
      `${growth <= GROWTH ? 'pass' : 'FAIL'}.`,
  ].join('\n\n');
}
