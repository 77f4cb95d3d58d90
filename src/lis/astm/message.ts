import type { ReportStatus } from '../../slides/differential.js';
import type { SlideReport } from '../../slides/report.js';
import type { Coding } from '../codes.js';
import { itemsWithEstimates } from '../estimates.js';
import { type ReportItem, rangeText } from '../items.js';
import { analyzedAt, controlId, observedAt, reportedAt, verifiedBy } from '../moments.js';
import type { LisOptions } from '../options.js';
import { itemRemark, modelsOf, reportRemarks } from '../remarks.js';
import { type AstmField, astmRecord, astmTime } from './records.js';

const SEX = { female: 'F', male: 'M', other: 'U', unknown: 'U' } as const;
/** O-26: what kind of report it is. R-9: a result's state; V is verified by an operator. */
const STATUS = {
  preliminary: { report: 'P', result: 'P' },
  final: { report: 'F', result: 'V' },
  corrected: { report: 'C', result: 'C' },
} as const satisfies Record<ReportStatus, object>;

/**
 * A slide in the records of CLSI LIS2-A2 (ASTM E1394): header, patient, order, a result for each figure, comments,
 * terminator. `astmFrames` makes what goes over a serial line or a socket.
 */
export function astmMessage(report: SlideReport, options: LisOptions): string {
  const items = itemsWithEstimates(report, options.codes);
  return [
    header(report, options),
    patient(report),
    order(report, options),
    ...comments(reportRemarks(report)),
    ...items.flatMap((item, index) => [result(item, index, report), ...comments([itemRemark(item)])]),
    astmRecord('L', { 2: 1, 3: 'N' }),
  ].join('');
}

function header(report: SlideReport, { sender, receiver, version }: LisOptions): string {
  return astmRecord('H', {
    3: controlId(report, 'ASTM'),
    5: [sender.application, version],
    10: receiver.application,
    12: 'P',
    13: 'LIS2-A2',
    14: astmTime(reportedAt(report)),
  });
}

/** Always there, as the order belongs to it; empty for a patient who is not known. */
function patient({ slide }: SlideReport): string {
  const { identifier, familyName, givenName, birthDate, sex } = slide.patient ?? {};
  return astmRecord('P', {
    2: 1,
    4: identifier,
    6: [familyName, givenName],
    8: birthDate?.replaceAll('-', ''),
    9: sex && SEX[sex],
  });
}

function order(report: SlideReport, { codes }: LisOptions): string {
  const { slide, differential } = report;
  return astmRecord('O', {
    2: 1,
    3: slide.specimenNumber,
    5: testId(codes.of('panel')),
    6: 'R',
    8: slide.collectedAt && astmTime(slide.collectedAt),
    16: 'Blood',
    // The standard has no fields for these numbers; these are the user's and the laboratory's.
    19: slide.orderNumber,
    21: slide.fillerOrderNumber ?? slide.id,
    23: astmTime(reportedAt(report)),
    26: STATUS[differential.status].report,
  });
}

function result(item: ReportItem, index: number, report: SlideReport): string {
  const { differential } = report;
  const by = verifiedBy(report);
  const absent = item.value === undefined;
  return astmRecord('R', {
    2: index + 1,
    3: testId(item.codings),
    4: item.value,
    5: item.unit,
    6: rangeText(item, ' to '),
    7: absent ? undefined : item.flag,
    9: absent ? 'X' : STATUS[differential.status].result,
    // The operator who made it, and the one who verified it.
    11: by && [undefined, by.name],
    12: astmTime(observedAt(report)),
    13: astmTime(analyzedAt(report)),
    14: [report.slide.source, ...modelsOf(report)],
  });
}

function comments(sentences: readonly (string | undefined)[]): string[] {
  return sentences
    .filter((sentence) => sentence !== undefined)
    .map((sentence, index) => astmRecord('C', { 2: index + 1, 3: 'I', 4: sentence, 5: 'G' }));
}

/** The fourth component is the sender's own code, which most receivers match on. */
function testId([coding]: readonly Coding[]): AstmField {
  return [undefined, undefined, undefined, coding?.code];
}
