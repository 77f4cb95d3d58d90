import type { SlideReport } from '../slides/report.js';
import type { Codes } from './codes.js';
import { limitsOf, type ReportItem, reportItems, roundTo1 } from './items.js';

/**
 * All figures for a format that has no room for an estimate within a figure: after the figures follow the adjusted
 * estimates, as items with codes of their own, without range and flag, so that nobody takes one for what was counted.
 */
export function itemsWithEstimates(report: SlideReport, codes: Codes): ReportItem[] {
  const { whiteCells, adjusted = [] } = report.differential;
  const estimates = adjusted.map(({ class: className, value, ...limits }): ReportItem => {
    const counted = whiteCells.find((figure) => figure.class === className)?.value;
    return {
      key: `adjusted.${className}`,
      codings: codes.ofAdjusted(className),
      unit: '%',
      value: roundTo1(value),
      estimate: { counted: counted === undefined ? undefined : roundTo1(counted), ...limitsOf(limits) },
    };
  });
  return [...reportItems(report, codes), ...estimates];
}
