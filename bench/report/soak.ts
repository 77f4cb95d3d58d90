import type { Origin } from '../harness/origin.js';
import { growthOf, MOST_GROWTH } from './growth.js';
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

export const soak: Section<SoakResults> = { name: 'soak', document: TABLES, render };

function render({ clients, stepCrops, readings, ...origin }: SoakResults): string {
  const growth = growthOf(readings);
  return [
    `${renderOrigin(origin)}. ${clients} clients.`,
    table(
      ['Crops', 'MiB (PSS)'],
      readings.map(({ crops, memoryMiB }) => [String(crops), round(memoryMiB)]),
    ),
    `Largest growth after the first ${stepCrops} crops: ${round(growth * 100)} % (at most ${MOST_GROWTH * 100} %): ` +
      `${growth <= MOST_GROWTH ? 'pass' : 'FAIL'}.`,
  ].join('\n\n');
}
