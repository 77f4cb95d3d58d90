import type { ReportStatus } from '../../slides/differential.js';
import type { SlideReport } from '../../slides/report.js';
import type { Patient } from '../../slides/slide.js';
import type { Person } from '../../slides/verification.js';
import type { Coding } from '../codes.js';
import { type ReportItem, rangeText } from '../items.js';
import { analyzedAt, observedAt, reportedAt, verifiedBy } from '../moments.js';
import type { LisOptions } from '../options.js';
import { modelsOf } from '../remarks.js';
import { type NULL, repeated, type Segment, segment, type Value } from './encode.js';
import { timestamp } from './time.js';

const SEX = { female: 'F', male: 'M', other: 'O', unknown: 'U' } as const;
/** OBR-25 and ORC-5 (HL7 tables 0123 and 0038). */
const ORDER = {
  preliminary: { result: 'R', order: 'IP' },
  final: { result: 'F', order: 'CM' },
  corrected: { result: 'C', order: 'CM' },
} as const satisfies Record<ReportStatus, object>;
/** OBX-11 of what is verified (HL7 table 0085). */
const VERIFIED = { final: 'F', corrected: 'C' } as const;

/** A coded element of at most two codes, the first to match on. */
export function coded(codings: readonly Coding[]): Value {
  return codings.flatMap(({ code, display, system }) => [code, display, system]);
}

/** PID: the identifier, and the rest as far as it is known. */
export function pid(
  { identifier, familyName, givenName, birthDate, sex }: Patient,
  options: LisOptions,
): Segment {
  const named = familyName !== undefined || givenName !== undefined;
  return segment('PID', {
    1: 1,
    3: [identifier, undefined, undefined, options.receiver.facility, 'MR'],
    // A name that is not known has the type U (IHE).
    5: [familyName, givenName, undefined, undefined, undefined, undefined, named ? 'L' : 'U'],
    7: birthDate?.replaceAll('-', ''),
    8: sex && SEX[sex],
  });
}

/** ORC: the order's numbers and state. */
export function orc(report: SlideReport, control: 'RE' | 'SC', options: LisOptions): Segment {
  return segment('ORC', {
    1: control,
    2: placerNumber(report, options),
    3: fillerNumber(report, options),
    5: ORDER[report.differential.status].order,
  });
}

/** OBR: the differential as a whole. */
export function obr(report: SlideReport, options: LisOptions, noOrder?: typeof NULL): Segment {
  const { differential } = report;
  return segment('OBR', {
    1: 1,
    2: placerNumber(report, options) ?? noOrder,
    3: fillerNumber(report, options),
    4: coded(options.codes.of('panel')),
    7: timestamp(observedAt(report)),
    22: timestamp(reportedAt(report)),
    24: 'HM',
    25: ORDER[differential.status].result,
    32: interpreter(verifiedBy(report)),
  });
}

function placerNumber({ slide }: SlideReport, { receiver }: LisOptions): Value {
  return slide.orderNumber === undefined ? undefined : [slide.orderNumber, receiver.application];
}

function fillerNumber({ slide }: SlideReport, { sender }: LisOptions): Value {
  return [slide.fillerOrderNumber ?? slide.id, sender.application];
}

/** OBX, as version 2.5.1 or as IHE LAW has it. */
export function obx(
  item: ReportItem,
  index: number,
  report: SlideReport,
  options: LisOptions,
  law = false,
): Segment {
  const { status } = report.differential;
  const flag = item.value === undefined ? undefined : item.flag;
  const ofStatus = status === 'preliminary' ? options.hl7.unverified : VERIFIED[status];
  const by = verifiedBy(report);
  return segment('OBX', {
    1: index + 1,
    2: 'NM',
    3: coded(item.codings),
    4: law ? '1' : undefined,
    5: item.value,
    6: [item.unit, undefined, 'UCUM'],
    7: rangeText(item, '-'),
    8: law && flag ? [flag, undefined, 'HL70078'] : flag,
    // Without white cells there is no percentage, and none will come.
    11: item.value === undefined ? 'X' : ofStatus,
    14: timestamp(observedAt(report)),
    16: by ? [by.identifier, by.name] : law ? ['hemoserve'] : undefined,
    18: equipment(report),
    19: timestamp(analyzedAt(report)),
    29: law ? 'RSLT' : undefined,
  });
}

/** SPM: whole blood, of a patient. */
export function spm({ slide }: SlideReport, { receiver }: LisOptions): Segment {
  return segment('SPM', {
    1: 1,
    2: [[slide.specimenNumber, receiver.application]],
    4: ['BLD', 'Whole blood', 'HL70487'],
    11: ['P', 'Patient', 'HL70369'],
    17: slide.collectedAt && [timestamp(slide.collectedAt)],
  });
}

export function sac({ slide }: SlideReport, { receiver }: LisOptions): Segment {
  return segment('SAC', { 3: [slide.specimenNumber, receiver.application] });
}

/** One NTE for each sentence. */
export function notes(sentences: readonly (string | undefined)[]): Segment[] {
  return sentences
    .filter((sentence) => sentence !== undefined)
    .map((sentence, index) =>
      segment('NTE', { 1: index + 1, 2: 'L', 3: sentence, 4: ['RE', 'Remark', 'HL70364'] }),
    );
}

function equipment(report: SlideReport) {
  const { source } = report.slide;
  return repeated(...modelsOf(report), ...(source === undefined ? [] : [source]));
}

/** OBR-32: an identifier and a name, as subcomponents. */
function interpreter(person: Person | undefined): Value {
  return person && [[person.identifier, person.name]];
}
