import type { Origin } from '../harness/origin.js';
import { renderOrigin } from './origin.js';
import type { Section } from './section.js';
import { median, round, table } from './tables.js';

/** One way of sending crops, in one round. */
export interface SlideRound {
  crops: number;
  seconds: number;
  /** Processor time of the service. */
  cpuSeconds: number;
}

/** Slides beside POST /v1/classify, in turn. */
export interface SlideResults extends Origin {
  slides: number;
  cropsEach: number;
  classify: SlideRound[];
  toSlides: SlideRound[];
}

/** Least share of classify's rate. */
const SHARE = 0.9;
/** White cells of a usual differential. */
const CELLS = [100, 200, 500];

export const slides: Section<SlideResults> = {
  name: 'slides',
  document: 'docs/operate/sizing.md',
  render({ slides: count, cropsEach, classify, toSlides, ...origin }) {
    const rates = { classify: median(classify.map(rate)), slides: median(toSlides.map(rate)) };
    const share = rates.slides / rates.classify;
    const { cores } = origin.machine;
    return [
      `${renderOrigin(origin)}. ${count} slides of ${cropsEach} crops at once, one crop in a request; ` +
        `${classify.length === 1 ? 'one round' : `the median of ${classify.length} rounds`} each. The load generator uses the same cores.`,
      table(
        ['Route', 'Crops in a second', "Service's processor time of a crop (ms)"],
        [
          ['`POST /v1/classify`', round(rates.classify), round(median(classify.map(cpuMs)))],
          ['`POST /v1/slides/:id/crops`', round(rates.slides), round(median(toSlides.map(cpuMs)))],
        ],
      ),
      `Slides get ${round(100 * share)} % of the crops of \`POST /v1/classify\` (at least ${100 * SHARE} %): ` +
        `${share >= SHARE ? 'pass' : 'FAIL'}.`,
      table(
        ['Crops of a slide', 'Slides in an hour, on a core', `On these ${cores} cores`],
        CELLS.map((cells) => {
          const hourly = (3600 * rates.slides) / cells;
          return [String(cells), round(hourly / cores), round(hourly)];
        }),
      ),
    ].join('\n\n');
  },
};

function rate({ crops, seconds }: SlideRound): number {
  return crops / seconds;
}

function cpuMs({ crops, cpuSeconds }: SlideRound): number {
  return (1000 * cpuSeconds) / crops;
}
