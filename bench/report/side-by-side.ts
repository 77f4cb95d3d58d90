import type { Origin } from '../harness/origin.js';
import type { VariantRound } from '../harness/side-by-side.js';
import { renderOrigin } from './origin.js';
import type { Section } from './section.js';
import { median, round, table } from './tables.js';

export interface SideBySideResults extends Origin {
  clients: number;
  /** Of each load. */
  seconds: number;
  figures: [VariantRound, VariantRound][];
  /** Processor time of reading alone, ms a crop, where that is compared. */
  reading?: [number, number];
}

export interface Bound {
  key: keyof VariantRound;
  direction: 'at least' | 'at most';
  /** Of the first variant's median over the second's. */
  ratio: number;
}

/** What each figure is called. */
const NAMES = { cropsPerSecond: 'crops a second', cpuMsPerCrop: 'processor time of a crop' } as const;

/** Two variants of the service beside each other. */
export function sideBySideSection(
  name: string,
  titles: readonly [string, string],
  bounds: readonly Bound[],
): Section<SideBySideResults> {
  return {
    name,
    render({ clients, seconds, figures, reading, ...origin }) {
      const rows = titles.map((title, index) => {
        const of = (key: keyof VariantRound) => median(figures.map((both) => both[index as 0 | 1][key]));
        return { title, cropsPerSecond: of('cropsPerSecond'), cpuMsPerCrop: of('cpuMsPerCrop') };
      });
      const [first, second] = rows as [(typeof rows)[number], (typeof rows)[number]];
      return [
        `${renderOrigin(origin)}. ${clients} clients, each variant ${seconds} s in turn, medians of ${figures.length} rounds.`,
        table(
          [
            'Service',
            'Crops/s',
            'Processor time, ms a crop',
            ...(reading ? ['Reading alone, ms a crop'] : []),
          ],
          rows.map((row, index) => [
            row.title,
            round(row.cropsPerSecond),
            round(row.cpuMsPerCrop),
            ...(reading ? [round(reading[index as 0 | 1])] : []),
          ]),
        ),
        table(
          [`${titles[0]} / ${titles[1]}`, 'Ratio', 'Bound', ''],
          bounds.map(({ key, direction, ratio }) => {
            const measured = first[key] / second[key];
            const passes = direction === 'at least' ? measured >= ratio : measured <= ratio;
            return [NAMES[key], round(measured), `${direction} ${ratio}`, passes ? 'pass' : 'FAIL'];
          }),
        ),
        ...(reading ? [leastRatio(titles[1], second.cpuMsPerCrop, reading[1])] : []),
      ].join('\n\n');
    },
  };
}

/** What no reader can be better than, by what the service with the second one spends beside reading. */
function leastRatio(title: string, cpuMsPerCrop: number, readingMs: number): string {
  const least = round((cpuMsPerCrop - readingMs) / cpuMsPerCrop);
  return `A reader that took no time at all would bring the processor time to ${least} of that with ${title}.`;
}

export const trust = sideBySideSection(
  'trust',
  ['with trust data', 'without'],
  [{ key: 'cropsPerSecond', direction: 'at least', ratio: 0.95 }],
);

export const readers = sideBySideSection(
  'readers',
  ['libjpeg-turbo', 'libvips alone'],
  [
    { key: 'cpuMsPerCrop', direction: 'at most', ratio: 0.82 },
    { key: 'cropsPerSecond', direction: 'at least', ratio: 1.15 },
  ],
);
