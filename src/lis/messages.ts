import { randomUUID } from 'node:crypto';
import type { SlideReport } from '../slides/report.js';
import type { NewMessage } from '../store/operations/outbox.js';
import type { Destination, ReportDestination } from './destinations/schema.js';
import { Hl7Error } from './hl7/error.js';
import { controlId, reportedAt } from './moments.js';
import type { LisOptions } from './options.js';

/** What each destination is told of a slide that was verified, as the bytes that are sent. */
export async function messagesOf(
  report: SlideReport,
  destinations: readonly Destination[],
  options: LisOptions,
): Promise<NewMessage[]> {
  const { id: slideId, revision } = report.slide;
  return Promise.all(
    destinations.filter(takesReports).map(async (destination) => ({
      id: randomUUID(),
      destination: destination.name,
      slideId,
      revision,
      ...(await contentOrFailure(destination, report, options)),
    })),
  );
}

const takesReports = (destination: Destination): destination is ReportDestination =>
  destination.type !== 'analyzer';

type Content = Pick<NewMessage, 'controlId' | 'contentType' | 'body' | 'failure'>;

/**
 * A name that the destination's character set lacks does not keep a person from verifying the slide: the message is a
 * dead letter from the start.
 */
async function contentOrFailure(
  destination: ReportDestination,
  report: SlideReport,
  options: LisOptions,
): Promise<Content> {
  try {
    const { contentType, bytes, kind } = await render(destination, report, options);
    return { controlId: controlId(report, kind), contentType, body: bytes.toString('base64') };
  } catch (error) {
    if (!(error instanceof Hl7Error)) throw error;
    return { controlId: '', contentType: '', body: '', failure: error.message };
  }
}

async function render(destination: ReportDestination, report: SlideReport, options: LisOptions) {
  if (destination.type === 'mllp') {
    const { hl7Message } = await import('./hl7/messages.js');
    const { encodeText } = await import('./hl7/charset.js');
    const { format: kind, receiver = options.receiver } = destination;
    const text = hl7Message(kind, report, { ...options, receiver });
    return { kind, contentType: 'x-application/hl7-v2+er7', bytes: encodeText(text, options.hl7.charset) };
  }
  if (destination.type === 'fhir' || destination.format === 'FHIR') {
    const { fhirBundle } = await import('./fhir/bundle.js');
    return { kind: 'FHIR', ...json('application/fhir+json', fhirBundle(report, options)) };
  }
  return { kind: 'JSON', ...json('application/json', webhookEvent(report)) };
}

function json(contentType: string, value: unknown) {
  return { contentType, bytes: Buffer.from(JSON.stringify(value)) };
}

/** As Standard Webhooks recommends: what happened, when, and what it is about. */
function webhookEvent(report: SlideReport) {
  const { slide, differential, verifications } = report;
  return {
    type: `slide.${slide.status}`,
    timestamp: reportedAt(report),
    data: { slide, differential, verification: verifications.at(-1) },
  };
}
