import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Classification, Classifier } from '../../classify/classifier.js';
import type { SourceStatus } from '../../classify/sources.js';
import type { ErrorCode } from '../../errors/codes.js';
import { IMAGE_FORMATS } from '../../images/format.js';
import type { Holder } from '../../queues/admission.js';
import type { Settings } from '../../settings/schema.js';
import { audited, type Told, toldBy } from './audit.js';
import { requestAbort } from './deadline.js';
import { prefersLines, refuseEncoded } from './negotiation.js';
import { type Classify, classifyUploads, type Outcome } from './outcomes.js';
import { sourceOf, sourceParameter } from './source.js';
import { IMAGE_FIELD, MULTIPART_TYPE, mostFileBytes, type Upload, uploads } from './uploads.js';

const file = { type: 'string', format: 'binary' };

/** The bodies that bring crops, for a route's `requestContent`. */
export const CROP_CONTENT = {
  [MULTIPART_TYPE]: {
    schema: {
      type: 'object',
      properties: { [IMAGE_FIELD]: { type: 'array', items: file, minItems: 1 } },
      required: [IMAGE_FIELD],
    },
  },
  ...Object.fromEntries(IMAGE_FORMATS.map((format) => [`image/${format}`, { schema: file }])),
};

/** What can be wrong with a request that brings crops, and with each of them. */
export const CROP_ERRORS = [
  'no_file',
  'empty_file',
  'unexpected_field',
  'malformed_multipart',
  'invalid_request',
  'unknown_model',
  'unknown_version',
  'model_not_served',
  'too_many_files',
  'file_too_large',
  'image_too_large',
  'request_timeout',
  'unsupported_content_type',
  'unsupported_content_encoding',
  'unsupported_image_format',
  'not_an_image',
  'corrupt_image',
  'blank_image',
  'internal_error',
  'not_ready',
  'overloaded',
  'deadline_exceeded',
  'engine_unavailable',
  'worker_died',
] as const satisfies ErrorCode[];

/** The parameters of a request that brings crops. */
export function cropQuery({ timeoutMs }: Settings) {
  return z.strictObject({
    model: z.string().min(1).optional().describe('Name of the model. Without it, the default model answers'),
    version: z
      .string()
      .min(1)
      .optional()
      .describe('Version of the model. Without it, the served version answers'),
    source: sourceParameter,
    timeoutMs: z.coerce
      .number()
      .int()
      .min(1)
      .max(timeoutMs)
      .default(timeoutMs)
      .describe('Longest wait for the answer, or for the next line of an NDJSON answer, in milliseconds'),
  });
}

export type CropQuery = z.infer<ReturnType<typeof cropQuery>>;

/** Lets the routes of this plugin, and no others, read multipart forms and images; all else is a 415. */
export function readCrops(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  // Read by the handler, once it has a permit.
  for (const type of [MULTIPART_TYPE, /^image\//]) {
    app.addContentTypeParser(type, (_request, body, done) => done(null, body));
  }
}

/** A request's crops on their way. */
export interface Intake<R> {
  classifier: Classifier;
  /** How the source that the request names stands at this moment. */
  sourceStatus(): SourceStatus | undefined;
  /** What became of each file, in the request's order; to be taken at once. See `classifyUploads`. */
  outcomes: AsyncGenerator<Outcome<R>, void>;
  /** Whether the client wants each outcome by itself. */
  asLines: boolean;
  /** Gives the request its time anew, with each outcome that is sent by itself. */
  refresh(): void;
}

export interface IntakeOptions<R> {
  settings: Settings;
  query: CropQuery;
  /**
   * What to do with each crop; classifies it unless given.
   *
   * @param judge classifies a crop, and counts it for its source.
   */
  classify?: (classifier: Classifier, judge: Classify<Classification>) => Classify<R>;
  /** What is told of a crop, for the audit; what the classifier says of it unless given. */
  toldOf?: (result: R) => Told | undefined;
  /** What the answers are to be explained with. */
  explain?: 'heatmap' | undefined;
  /** The files, where the body has them in another way than as a form or an image. */
  files?: (signal: AbortSignal, maxFiles: number) => AsyncIterable<Upload>;
}

/**
 * Takes the crops that a request brings: leases the model that it asks for, reads its files as they are admitted, and
 * classifies them until its time is over.
 *
 * @throws {ServiceError} what no crop of it can change: unsupported_content_encoding, unknown_model, unknown_version,
 *   model_not_served, no_heatmap, invalid_request, not_ready, engine_unavailable or overloaded.
 */
export function takeCrops<R extends object = Classification>(
  request: FastifyRequest,
  reply: FastifyReply,
  { settings, query, classify, toldOf, explain, files }: IntakeOptions<R>,
): Intake<R> {
  const app = request.server;
  refuseEncoded(request, reply);
  const source = sourceOf(request, query.source);
  const wanted = query.model === undefined && source ? settings.sources[source] : undefined;
  const { model = wanted?.name, version = wanted?.version } = query;
  const { classifier, release } = app.modelHost.lease(model, version);
  // NDJSON goes on after the handler.
  reply.raw.once('close', release);
  classifier.session.ensureAvailable();
  if (explain) classifier.ensureExplains();
  const { abort, refresh, leftMs } = requestAbort(reply, query.timeoutMs);
  const asLines = prefersLines(request);
  const maxFiles = asLines ? Number.POSITIVE_INFINITY : settings.maxFiles;
  const { maxFileBytes } = settings;
  const found = files
    ? files(abort.signal, maxFiles)
    : uploads(request, { maxFiles, maxFileBytes }, abort.signal);
  const judge: Classify<Classification> = async ({ content, signal }) => {
    const result = await classifier.classify(content, signal, explain);
    if (source) app.sources.record(source, classifier, result);
    return result;
  };
  const outcomes = classifyUploads<R>(found, {
    holder: holderOf(request, abort),
    classifier,
    classify: audited(
      request,
      // Without another one, R is what the classifier says.
      (classify?.(classifier, judge) ?? judge) as Classify<R>,
      toldOf ?? (toldBy(classifier) as unknown as (result: R) => Told),
    ),
    admission: app.admission,
    metrics: app.metrics,
    maxFileBytes: mostFileBytes(request, maxFileBytes),
    maxOutcomes: settings.maxImagesInFlight,
    abort,
    leftMs,
    asLines,
  });
  const sourceStatus = () => (source === undefined ? undefined : app.sources.status(source, classifier));
  return { classifier, outcomes, asLines, refresh, sourceStatus };
}

/** All outcomes, in the request's order. @throws {ServiceError} that of the file, if it is the only one and bad. */
export async function allOutcomes<R extends object>(
  { outcomes }: Intake<R>,
  request: FastifyRequest,
): Promise<Outcome<R>[]> {
  const all: Outcome<R>[] = [];
  for await (const outcome of outcomes) all.push(outcome);
  request.imageCount = all.length;
  const [only] = all;
  if (all.length === 1 && only && 'error' in only) throw only.error;
  return all;
}

/** Whose request it is, for admission. */
export function holderOf({ raw }: FastifyRequest, abort: AbortController): Holder {
  const { socket } = raw;
  return {
    images: 0,
    bytes: 0,
    client: socket.remoteAddress ?? '',
    // Nothing is to come any more of a body that is here, even if it is not read yet.
    receivedBytes: () => (raw.complete ? Number.POSITIVE_INFINITY : socket.bytesRead),
    cutOff: (reason) => abort.abort(reason),
  };
}
