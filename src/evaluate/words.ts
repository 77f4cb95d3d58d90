import type { Proportion } from '../statistics/proportion.js';
import type { Evaluation } from './evaluation.js';

/** In place of what does not exist. */
export const NONE = '–';

/** A proportion in percent with two decimals. */
export function percent(proportion: number | undefined): string {
  return proportion === undefined ? NONE : (proportion * 100).toFixed(2);
}

/** Percent with limits: `97.00 (91.48–99.38)`. */
export function percentWithLimits(figure: Proportion | undefined): string {
  return figure ? `${percent(figure.value)} (${limits(figure)})` : NONE;
}

/** Both limits in percent: `91.48–99.38`. */
export function limits({ lower95, upper95 }: Proportion): string {
  return `${percent(lower95)}–${percent(upper95)}`;
}

/** A figure between 0 and 1 with four decimals. */
export function fourDecimals(figure: number | undefined): string {
  return figure === undefined ? NONE : figure.toFixed(4);
}

/** Which crops of which data set: `pbc, part validation of pbc.csv, at most 400 crops`. */
export function dataWords({ data: { name, split, part, limit } }: Evaluation): string {
  return [name, split && `part ${part} of ${split}`, limit && `at most ${limit} crops`]
    .filter(Boolean)
    .join(', ');
}

/** What ran the model: `onnxruntime 1.30.0, float32, cpu, 2 threads, 1 view`. */
export function engineWords({ engine, views }: Evaluation): string {
  const { name, version, precision, device, threads } = engine;
  return [`${name} ${version}`, precision, device, counted(threads, 'thread'), counted(views, 'view')].join(
    ', ',
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
