import type { Figure } from '../slides/differential.js';
import type { SlideReport } from '../slides/report.js';
import type { ReferenceRange } from '../slides/vocabulary.js';
import type { Codes, Coding } from './codes.js';

/** As HL7 table 0078 and FHIR's ObservationInterpretation have them. */
export type ItemFlag = 'L' | 'H' | 'A' | 'N';

interface Limits {
  lower95: number;
  upper95: number;
}

/** One figure of a slide as every format reports it, rounded for readers. */
export interface ReportItem {
  /** Stable within the slide, whatever its code. */
  key: string;
  /** The first is the one to match on. */
  codings: readonly Coding[];
  /** UCUM */
  unit: '%' | '/100{WBCs}' | '{cells}' | '10*9/L';
  /** Undefined where there is nothing to divide by. */
  value: number | undefined;
  /** Of a percentage: the cells of the class, of `n` white cells, with exact 95 % limits. */
  proportion?: { count: number; n: number; limits?: Limits };
  /** The reference range; an end that is not there is open. */
  range?: { low?: number; high?: number };
  flag?: ItemFlag;
  /** An estimate that takes the model's own confusions into account. */
  adjusted?: Limits & { value: number };
  /** Of an item that is itself such an estimate: its limits, and what was counted. */
  estimate?: Limits & { counted: number | undefined };
}

const rounded = (value: number, places: number) => Number(value.toFixed(places));
/** As readers are shown percentages. */
export const roundTo1 = (value: number) => rounded(value, 1);

/** All figures of a slide, in the order in which they are reported. */
export function reportItems({ differential }: SlideReport, codes: Codes): ReportItem[] {
  const { whiteCellCount, minWhiteCells, unidentifiedCount, whiteBloodCells } = differential;
  const adjusted = new Map(differential.adjusted?.map((figure) => [figure.class, figure]));
  const items: ReportItem[] = [
    ...differential.whiteCells.map((figure) => {
      const item = proportionItem(figure, '%', codes);
      const estimate = adjusted.get(figure.class);
      return estimate
        ? { ...item, adjusted: { value: roundTo1(estimate.value), ...limitsOf(estimate) } }
        : item;
    }),
    ...differential.per100WhiteCells.map((figure) => proportionItem(figure, '/100{WBCs}', codes)),
    ...differential.apart.map(
      (figure): ReportItem => ({
        key: `class.${figure.class}`,
        codings: codes.ofClass(figure.class),
        unit: '{cells}',
        value: figure.count,
      }),
    ),
    {
      key: 'white-cells',
      codings: codes.of('whiteCellCount'),
      unit: '{cells}',
      value: whiteCellCount,
      range: { low: minWhiteCells },
      flag: differential.sufficient ? 'N' : 'L',
    },
    {
      key: 'unidentified',
      codings: codes.of('unidentifiedCount'),
      unit: '{cells}',
      value: unidentifiedCount,
      range: { low: 0, high: 0 },
      flag: unidentifiedCount > 0 ? 'A' : 'N',
    },
  ];
  // The analyzer reports its own count; only a corrected one is news.
  if (whiteBloodCells?.corrected) {
    items.push({
      key: 'white-blood-cells',
      codings: codes.of('whiteBloodCells'),
      unit: '10*9/L',
      value: rounded(whiteBloodCells.value, 2),
    });
  }
  return items;
}

function proportionItem(figure: Figure, unit: ReportItem['unit'], codes: Codes): ReportItem {
  const { class: className, count, n, value, lower95, upper95, range, flag } = figure;
  const limited = lower95 !== undefined && upper95 !== undefined;
  return {
    key: `class.${className}`,
    codings: codes.ofClass(className),
    unit,
    value: value === undefined ? undefined : roundTo1(value),
    proportion: { count, n, ...(limited && { limits: limitsOf({ lower95, upper95 }) }) },
    ...(range && { range: endsOf(range) }),
    ...(range && value !== undefined && { flag: flag ?? 'N' }),
  };
}

export const limitsOf = ({ lower95, upper95 }: Limits) => ({
  lower95: roundTo1(lower95),
  upper95: roundTo1(upper95),
});

/** Cells that healthy blood has none of have a range like others. */
function endsOf({ low, high, abnormalAbove }: ReferenceRange): { low?: number; high?: number } {
  const ends = [high, abnormalAbove].filter((end) => end !== undefined);
  return {
    ...(low !== undefined && { low: rounded(low, 3) }),
    ...(ends.length > 0 && { high: rounded(Math.min(...ends), 3) }),
  };
}

/** A reference range in words: both ends, of which the lower one is at least 0, or the only one. */
export function rangeText({ range }: ReportItem, between: string): string | undefined {
  const { low, high } = range ?? {};
  if (high === undefined) return low === undefined ? undefined : `>=${low}`;
  return `${low ?? 0}${between}${high}`;
}
