import type {
  Bundle,
  BundleEntry,
  Device,
  DiagnosticReport,
  FhirResource,
  Identifier,
  Observation,
  Reference,
  Specimen,
} from 'fhir/r4.js';
import type { ReportStatus } from '../../slides/differential.js';
import type { SlideReport } from '../../slides/report.js';
import { reportItems } from '../items.js';
import { observedAt, reportedAt, verifiedBy } from '../moments.js';
import type { LisOptions } from '../options.js';
import { modelsOf, reportRemarks } from '../remarks.js';
import { conditionalUrl, fhirText, fullUrl, identifier, logicalReference, ownIdentifier } from './names.js';
import { code, concept, observationFigures } from './observation.js';

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const SECTION = 'http://terminology.hl7.org/CodeSystem/v2-0074';
const REPORT_STATUS = {
  preliminary: 'partial',
  final: 'final',
  corrected: 'corrected',
} as const satisfies Record<ReportStatus, DiagnosticReport['status']>;

/**
 * A slide as a FHIR R4 transaction: its Specimen, the Device, an Observation for each figure, and the
 * DiagnosticReport, each updated by its identifier, so that sending it twice changes nothing. The patient and the order
 * are references by identifier: the receiver knows them.
 */
export function fhirBundle(report: SlideReport, options: LisOptions): Bundle {
  const { slide, differential } = report;
  const subject = logicalReference('Patient', options.fhir.patient, slide.patient?.identifier);
  const specimen = specimenOf(report, options, subject);
  const device = deviceOf(report, options);
  const verifiers = verifierOf(report, options);
  const observed = {
    ...(subject && { subject }),
    effectiveDateTime: observedAt(report),
    issued: reportedAt(report),
  };
  const observations = reportItems(report, options.codes).map((item): Observation & Identified => ({
    resourceType: 'Observation',
    identifier: [ownIdentifier(options, 'observation', `${slide.id}.${item.key}`)],
    status: differential.status,
    category: [code(CATEGORY, 'laboratory')],
    ...observationFigures(item),
    ...observed,
    ...(verifiers && { performer: verifiers }),
    specimen: referenceTo(specimen),
    ...(device && { device: referenceTo(device) }),
  }));
  const basedOn = logicalReference('ServiceRequest', options.fhir.order, slide.orderNumber);
  const conclusion = fhirText(reportRemarks(report).join('\n'));
  const diagnosticReport: DiagnosticReport & Identified = {
    resourceType: 'DiagnosticReport',
    identifier: [
      ownIdentifier(options, 'report', slide.id),
      ...fillerNumber(slide.fillerOrderNumber, options),
    ],
    ...(basedOn && { basedOn: [basedOn] }),
    status: REPORT_STATUS[differential.status],
    category: [code(SECTION, 'LAB'), code(SECTION, 'HM')],
    code: concept(options.codes.of('panel')),
    ...observed,
    ...(verifiers && { resultsInterpreter: verifiers }),
    specimen: [referenceTo(specimen)],
    result: observations.map(referenceTo),
    ...(conclusion && { conclusion }),
  };
  const resources = [specimen, ...(device ? [device] : []), ...observations, diagnosticReport];
  return { resourceType: 'Bundle', type: 'transaction', entry: resources.map(entryOf) };
}

/** A resource that is known by its first identifier. */
type Identified = { identifier: [Identifier, ...Identifier[]] };

/** Ours, beside what the receiver may have of the same number: that one is never overwritten. */
function specimenOf(report: SlideReport, options: LisOptions, subject?: Reference): Specimen & Identified {
  const { specimenNumber, collectedAt } = report.slide;
  return {
    resourceType: 'Specimen',
    identifier: [ownIdentifier(options, 'specimen', specimenNumber)],
    accessionIdentifier: identifier(options.fhir.specimen, specimenNumber),
    type: code('http://terminology.hl7.org/CodeSystem/v2-0487', 'BLD'),
    ...(subject && { subject }),
    ...(collectedAt && { collection: { collectedDateTime: collectedAt } }),
  };
}

/** One for each analyzer, model and version, so that an old report never gets a new one's. */
function deviceOf(report: SlideReport, options: LisOptions): (Device & Identified) | undefined {
  const models = modelsOf(report);
  const { source } = report.slide;
  if (models.length === 0) return undefined;
  const value = ['hemoserve', options.version, ...(source ? [source] : []), ...models].join(' ');
  return {
    resourceType: 'Device',
    identifier: [ownIdentifier(options, 'device', value)],
    deviceName: [{ name: 'hemoserve', type: 'model-name' }],
    version: [
      { type: { text: 'hemoserve' }, value: options.version },
      ...models.map((model) => ({ type: { text: 'model' }, value: model })),
    ],
    ...(source && { parent: { type: 'Device', identifier: ownIdentifier(options, 'analyzer', source) } }),
  };
}

function verifierOf(report: SlideReport, options: LisOptions): Reference[] | undefined {
  const by = verifiedBy(report);
  if (!by) return undefined;
  const display = fhirText(by.name);
  const staff = by.identifier && ownIdentifier(options, 'staff', by.identifier);
  return [{ type: 'Practitioner', ...(staff && { identifier: staff }), ...(display && { display }) }];
}

function fillerNumber(number: string | undefined, options: LisOptions): Identifier[] {
  if (number === undefined) return [];
  const type = code('http://terminology.hl7.org/CodeSystem/v2-0203', 'FILL');
  return [{ type, ...ownIdentifier(options, 'filler-order', number) }];
}

function referenceTo({ identifier: [first] }: Identified): Reference {
  return { reference: fullUrl(first) };
}

function entryOf(resource: FhirResource & Identified): BundleEntry {
  const [first] = resource.identifier;
  return {
    fullUrl: fullUrl(first),
    resource,
    request: { method: 'PUT', url: conditionalUrl(resource.resourceType, first) },
  };
}
