import { stringify } from 'csv-stringify/sync';
import type { SlideReport } from '../slides/report.js';
import { reportItems } from './items.js';
import { reportedAt, verifiedBy } from './moments.js';
import type { LisOptions } from './options.js';

const COLUMNS = [
  'slide',
  'specimen_number',
  'order_number',
  'patient_identifier',
  'status',
  'reported_at',
  'verified_by',
  'figure',
  'code_system',
  'code',
  'display',
  'value',
  'unit',
  'flag',
  'range_low',
  'range_high',
  'count',
  'n',
  'lower95',
  'upper95',
  'adjusted_value',
  'adjusted_lower95',
  'adjusted_upper95',
] as const;

/**
 * A slide as a table (RFC 4180, with a header line): a line for each figure. Text that a spreadsheet would take as a
 * formula has an apostrophe before it.
 */
export function slideCsv(report: SlideReport, options: LisOptions): string {
  const { slide, differential } = report;
  const ofSlide = {
    slide: slide.id,
    specimen_number: slide.specimenNumber,
    order_number: slide.orderNumber,
    patient_identifier: slide.patient?.identifier,
    status: differential.status,
    reported_at: reportedAt(report),
    verified_by: verifiedBy(report)?.name,
  };
  const lines = reportItems(report, options.codes).map(
    ({ key, codings: [coding], value, unit, flag, range, proportion, adjusted }) =>
      ({
        ...ofSlide,
        figure: key,
        code_system: coding?.system,
        code: coding?.code,
        display: coding?.display,
        value,
        unit,
        flag,
        range_low: range?.low,
        range_high: range?.high,
        count: proportion?.count,
        n: proportion?.n,
        lower95: proportion?.limits?.lower95,
        upper95: proportion?.limits?.upper95,
        adjusted_value: adjusted?.value,
        adjusted_lower95: adjusted?.lower95,
        adjusted_upper95: adjusted?.upper95,
      }) satisfies Record<(typeof COLUMNS)[number], unknown>,
  );
  return stringify(lines, {
    header: true,
    columns: [...COLUMNS],
    record_delimiter: 'windows',
    escape_formulas: true,
  });
}
