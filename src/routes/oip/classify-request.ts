import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Classification, Classifier } from '../../classify/classifier.js';
import { ServiceError } from '../../errors/problem.js';
import { JSON_LENGTH_HEADER } from '../../oip/message.js';
import { OipError } from '../../oip/tensor.js';
import type { Permit } from '../../queues/admission.js';
import type { Settings } from '../../settings/schema.js';
import { secondsSince } from '../../telemetry/metrics.js';
import { abortable } from '../classify/abortable.js';
import { audited, toldBy } from '../classify/audit.js';
import { requestAbort } from '../classify/deadline.js';
import { holderOf } from '../classify/intake.js';
import { refuseEncoded } from '../classify/negotiation.js';
import { type Classify, refuseLate } from '../classify/outcomes.js';
import { sourceOf } from '../classify/source.js';
import { mostFileBytes, readBody } from '../classify/uploads.js';
import type { InferRequest } from './read-request.js';
import type { RequestReader } from './request-reader.js';
import { type Crops, cropsOf } from './tensors.js';

export interface ClassifyRequestOptions {
  settings: Settings;
  reader: RequestReader;
  /** The served model that the URL names. */
  classifier: Classifier;
  query: { timeoutMs: number; source?: string | undefined };
}

/**
 * Classifies the crops of one request. They are admitted all together, once the body is read, or the request is refused:
 * crops that waited for their places would hold the whole body in memory.
 *
 * @throws {ServiceError} also for one bad crop among many, as the protocol has no errors of single crops.
 */
export async function classifyRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  { settings, reader, classifier, query }: ClassifyRequestOptions,
): Promise<{ wanted: InferRequest; crops: Classification[] }> {
  const { admission, metrics, sources } = request.server;
  refuseEncoded(request, reply);
  const source = sourceOf(request, query.source);
  const { abort, leftMs } = requestAbort(reply, query.timeoutMs);
  const { signal } = abort;
  refuseLate({ classifier, leftMs, abort });
  const holder = holderOf(request, abort);
  const permit = admission.acquireNow(holder, mostFileBytes(request, settings.maxFileBytes));
  let working: Promise<unknown> = Promise.resolve();
  try {
    const startMs = performance.now();
    const body = await abortable(readBody(request.raw, settings.maxFileBytes), signal);
    const { name } = classifier.model.manifest;
    metrics.stageDurationSeconds.observe({ model: name, stage: 'read' }, secondsSince(startMs));
    metrics.onStage?.({ stage: 'read', startMs, endMs: performance.now(), signal });
    permit.shrinkTo(body.length);
    const jsonLength = request.headers[JSON_LENGTH_HEADER]?.toString();
    const wanted = await abortable(reader.read({ body, jsonLength }), signal);
    const crops = readCrops(classifier, wanted, settings);
    request.imageCount = crops.items.length;
    const permits = admitOthers(crops.items.length - 1);
    const classify = audited(request, classifyAs(crops.kind), toldBy(classifier));
    const works = crops.items.map(async (item, index) => {
      const content = Buffer.from(item.buffer, item.byteOffset, item.length);
      const result = await classify({ content, signal }).catch((error) => {
        throw crops.items.length > 1 ? ofCrop(error, index) : error;
      });
      if (source) sources.record(source, classifier, result);
      return result;
    });
    for (const [index, other] of permits.entries()) works[index + 1]?.then(other.release, other.release);
    working = Promise.allSettled(works);
    return { wanted, crops: await abortable(Promise.all(works), signal) };
  } catch (error) {
    // What waits of it leaves the queues.
    abort.abort(error);
    throw error;
  } finally {
    // What is being decoded or inferred goes on past the request's end, and takes memory until then.
    void working.then(permit.release);
  }

  /** The body's bytes are in the first permit. */
  function admitOthers(count: number): Permit[] {
    const others = { images: 0, bytes: 0, client: holder.client ?? '' };
    const permits: Permit[] = [];
    try {
      while (permits.length < count) {
        const other = admission.acquireNow(others, 0);
        other.shrinkTo(0);
        permits.push(other);
      }
      return permits;
    } catch (error) {
      for (const { release } of permits) release();
      throw error;
    }
  }

  function classifyAs(kind: Crops['kind']): Classify<Classification> {
    return kind === 'pixels'
      ? ({ content }) => classifier.classifyPixels(content, signal)
      : ({ content }) => classifier.classify(content, signal);
  }
}

/** @throws {ServiceError} invalid_request, or too_many_files where they could never be admitted together. */
function readCrops(classifier: Classifier, { inputs }: InferRequest, settings: Settings): Crops {
  const crops = cropsOrProblem(classifier, inputs);
  const { maxImagesInFlight, maxClientSharePercent, maxFiles } = settings;
  const most = Math.max(
    1,
    Math.min(
      maxFiles,
      Math.floor(maxImagesInFlight / 2),
      Math.floor((maxImagesInFlight * maxClientSharePercent) / 100),
    ),
  );
  const count = crops.items.length;
  if (count <= most) return crops;
  throw new ServiceError(
    'too_many_files',
    `The request has ${count} crops; at most ${most} are taken together.`,
  );
}

function cropsOrProblem(classifier: Classifier, inputs: InferRequest['inputs']): Crops {
  try {
    return cropsOf(classifier.model.manifest, inputs);
  } catch (error) {
    if (error instanceof OipError)
      throw new ServiceError('invalid_request', `${error.message}.`, { cause: error });
    throw error;
  }
}

/** The error of one crop among many. */
function ofCrop(error: unknown, index: number): unknown {
  if (!(error instanceof ServiceError) || error.isFaultOfService) return error;
  return new ServiceError(error.code, `Crop ${index}: ${error.message}`, { cause: error });
}
