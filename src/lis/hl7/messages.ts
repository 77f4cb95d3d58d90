import type { SlideReport } from '../../slides/report.js';
import { itemsWithEstimates } from '../estimates.js';
import { controlId, reportedAt } from '../moments.js';
import type { LisOptions } from '../options.js';
import { itemRemark, reportRemarks } from '../remarks.js';
import { encodeMessage, NULL, type Segment, segment } from './encode.js';
import { type HeaderFields, header } from './header.js';
import { notes, obr, obx, orc, pid, sac, spm } from './segments.js';

/** The messages that report a slide: to a LIS, from an analyzer, and from an analyzer by IHE's LAW (LAB-29). */
export const HL7_MESSAGES = ['ORU_R01', 'OUL_R22', 'LAW'] as const;
export type Hl7Message = (typeof HL7_MESSAGES)[number];

const BUILDERS = { ORU_R01: oruR01, OUL_R22: oulR22, LAW: law } satisfies Record<
  Hl7Message,
  (report: SlideReport, options: LisOptions) => Segment[]
>;

/**
 * A slide as a message of HL7 v2.5.1, all text escaped, each segment ended by a carriage return. The same report
 * gives the same message, with the same control ID. `encodeText` makes its bytes.
 */
export function hl7Message(kind: Hl7Message, report: SlideReport, options: LisOptions): string {
  return encodeMessage(BUILDERS[kind](report, options));
}

function oruR01(report: SlideReport, options: LisOptions): Segment[] {
  return [
    head('ORU_R01', ['ORU', 'R01', 'ORU_R01'], report, options),
    ...patient(report, options),
    orc(report, 'RE', options),
    obr(report, options),
    ...notes(reportRemarks(report)),
    ...results(report, options),
    spm(report, options),
  ];
}

function oulR22(report: SlideReport, options: LisOptions): Segment[] {
  return [
    head('OUL_R22', ['OUL', 'R22', 'OUL_R22'], report, options),
    ...patient(report, options),
    spm(report, options),
    sac(report, options),
    obr(report, options),
    orc(report, 'SC', options),
    ...notes(reportRemarks(report)),
    ...results(report, options),
  ];
}

/** LAW has no notes on the order, so that they stand with the first result. */
function law(report: SlideReport, options: LisOptions): Segment[] {
  return [
    head('LAW', ['OUL', 'R22', 'OUL_R22'], report, options, ['LAB-29', 'IHE']),
    ...patient(report, options),
    spm(report, options),
    sac(report, options),
    obr(report, options, NULL),
    orc(report, 'SC', options),
    segment('TQ1', { 9: ['R', undefined, 'HL70485'] }),
    ...results(report, options, reportRemarks(report)),
  ];
}

function head(
  kind: Hl7Message,
  type: HeaderFields['type'],
  report: SlideReport,
  { sender, receiver, hl7 }: LisOptions,
  profile?: HeaderFields['profile'],
): Segment {
  return header({
    sender,
    receiver,
    type,
    controlId: controlId(report, kind),
    at: reportedAt(report),
    charset: hl7.charset,
    ...(profile && { profile }),
  });
}

function patient({ slide }: SlideReport, options: LisOptions): Segment[] {
  return slide.patient ? [pid(slide.patient, options)] : [];
}

/** Each figure, with its n and limits as a note after it; by LAW with remarks on the slide after the first. */
function results(report: SlideReport, options: LisOptions, lawRemarks?: readonly string[]): Segment[] {
  return itemsWithEstimates(report, options.codes).flatMap((item, index) => [
    obx(item, index, report, options, lawRemarks !== undefined),
    ...notes([...(index === 0 ? (lawRemarks ?? []) : []), itemRemark(item)]),
  ]);
}
