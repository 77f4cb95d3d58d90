import type { SlideReport } from '../slides/report.js';
import { astmMessage } from './astm/message.js';
import { slideCsv } from './csv.js';
import { fhirBundle } from './fhir/bundle.js';
import { encodeText } from './hl7/charset.js';
import { type Hl7Message, hl7Message } from './hl7/messages.js';
import type { LisOptions } from './options.js';

/** A slide as it goes over the wire. */
export interface WireDocument {
  contentType: string;
  body: string | Buffer;
}

/** A format that a laboratory's system reads. */
export interface LisFormat {
  /** Such as `fhir`. */
  name: string;
  mediaType: string;
  description: string;
  /** @throws Hl7Error where the character set lacks a character. */
  write(report: SlideReport, options: LisOptions): WireDocument;
}

const HL7_TYPE = 'application/hl7-v2';
const FHIR_TYPE = 'application/fhir+json';
const CHARSETS = { 'UNICODE UTF-8': 'utf-8', '8859/1': 'iso-8859-1' } as const;

function hl7Format(name: string, kind: Hl7Message, description: string): LisFormat {
  return {
    name,
    mediaType: HL7_TYPE,
    description,
    write: (report, options) => ({
      contentType: `${HL7_TYPE}; charset=${CHARSETS[options.hl7.charset]}`,
      body: encodeText(hl7Message(kind, report, options), options.hl7.charset),
    }),
  };
}

/** All of them; of those with the same media type the first is the one that a client gets by it. */
export const LIS_FORMATS: readonly LisFormat[] = [
  {
    name: 'fhir',
    mediaType: FHIR_TYPE,
    description: 'FHIR R4 transaction Bundle',
    write: (report, options) => ({
      contentType: `${FHIR_TYPE}; charset=utf-8`,
      body: JSON.stringify(fhirBundle(report, options)),
    }),
  },
  hl7Format('oru_r01', 'ORU_R01', 'HL7 v2.5.1 ORU^R01'),
  hl7Format('oul_r22', 'OUL_R22', 'HL7 v2.5.1 OUL^R22'),
  hl7Format('law', 'LAW', 'HL7 v2.5.1 OUL^R22 as IHE LAW has it (LAB-29)'),
  {
    name: 'astm',
    mediaType: 'application/x-astm',
    description: 'CLSI LIS2-A2 (ASTM E1394) records, without frames',
    write: (report, options) => ({
      contentType: 'application/x-astm; charset=utf-8',
      body: astmMessage(report, options),
    }),
  },
  {
    name: 'csv',
    mediaType: 'text/csv',
    description: 'A line for each figure',
    write: (report, options) => ({
      contentType: 'text/csv; charset=utf-8; header=present',
      body: slideCsv(report, options),
    }),
  },
];
