import { interceptors, Pool } from 'undici';
import { z } from 'zod';
import { BINARY_EXTENSION } from '../../oip/message.js';
import type { RemoteModel } from '../../settings/remote.js';
import { faultOf, unavailable, wrongAnswer } from './faults.js';

/** Bytes of an answer without tensors, at most. */
const METADATA_BYTES = 1_048_576;

/**
 * One more try, at once: where a cluster's replica goes away its connections break, and the next one leads to another
 * replica. An inference may be done twice.
 */
const RETRY = {
  maxRetries: 1,
  minTimeout: 50,
  maxTimeout: 50,
  methods: ['GET', 'POST'] as const,
  statusCodes: [502, 503, 504],
  throwOnError: false,
};

const serverSchema = z.looseObject({
  name: z.string().default('unknown'),
  version: z.string().default(''),
  extensions: z.array(z.string()).default([]),
});

const tensorMetadataSchema = z.looseObject({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int()),
});

const modelSchema = z.looseObject({
  inputs: z.array(tensorMetadataSchema).nullish(),
  outputs: z.array(tensorMetadataSchema).nullish(),
});

export type TensorMetadata = z.infer<typeof tensorMetadataSchema>;
export type ModelMetadata = z.infer<typeof modelSchema>;

export interface RemoteClientOptions {
  url: string;
  token?: string | undefined;
  model: RemoteModel;
  timeoutMs: number;
  /** Calls at a time, each on a connection that is kept. */
  connections: number;
  /** Bytes of an answer with tensors, at most. */
  maxAnswerBytes: number;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Uint8Array;
}

/** One model of a server of the Open Inference Protocol v2, over HTTP. */
export class RemoteClient {
  readonly #pool: Pool;
  readonly #base: string;
  readonly #model: string;

  constructor(private readonly options: RemoteClientOptions) {
    const { origin, pathname } = new URL(options.url);
    this.#base = `${pathname.replace(/\/$/, '')}/v2`;
    const { name, version } = options.model;
    const versionPath = version === undefined ? '' : `/versions/${encodeURIComponent(version)}`;
    this.#model = `/models/${encodeURIComponent(name)}${versionPath}`;
    this.#pool = new Pool(origin, {
      connections: options.connections,
      connect: { timeout: options.timeoutMs },
      maxResponseSize: options.maxAnswerBytes + METADATA_BYTES,
    });
  }

  /** What the server is, and whether it takes tensors as bytes. */
  async server(signal?: AbortSignal): Promise<{ version: string; takesBytes: boolean }> {
    const { name, version, extensions } = await this.#json('', serverSchema, signal);
    return { version: `${name} ${version}`.trim(), takesBytes: extensions.includes(BINARY_EXTENSION) };
  }

  /** Its metadata; servers may leave the tensors out. */
  model(signal?: AbortSignal): Promise<ModelMetadata> {
    return this.#json(this.#model, modelSchema, signal);
  }

  /** @throws {ServiceError} engine_unavailable unless the model is loaded there. */
  async ensureReady(signal?: AbortSignal): Promise<void> {
    const { status } = await this.#call('GET', `${this.#model}/ready`, { signal });
    if (status === 200) return;
    throw unavailable(`does not have the model ready (status ${status})`);
  }

  /**
   * Runs a batch.
   *
   * @param timeoutMs in place of the usual one.
   * @throws {ServiceError} engine_unavailable or engine_wrong_answer.
   */
  async infer(headers: Record<string, string>, body: Buffer, timeoutMs: number): Promise<Answer> {
    const answer = await this.#call('POST', `${this.#model}/infer`, { headers, body, timeoutMs });
    const { status } = answer;
    if (status === 200) return answer;
    const words = new Error(Buffer.from(answer.body.subarray(0, 500)).toString());
    if (status >= 500 || status === 429) throw unavailable(`failed with status ${status}`, words);
    // Servers answer a model that they do not have with 400 as well as with 404.
    await this.ensureReady();
    throw wrongAnswer(`it refused the batch with status ${status}`, words);
  }

  /** Ends all connections, and what is in flight on them. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #json<T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T> {
    const { status, body } = await this.#call('GET', path, { signal });
    if (status !== 200) throw unavailable(`answers with status ${status} what it is asked about itself`);
    try {
      return schema.parse(JSON.parse(Buffer.from(body).toString()));
    } catch (error) {
      throw wrongAnswer('its metadata cannot be read', error);
    }
  }

  async #call(
    method: 'GET' | 'POST',
    path: string,
    given: {
      headers?: Record<string, string>;
      body?: Buffer;
      signal?: AbortSignal | undefined;
      timeoutMs?: number;
    },
  ): Promise<Answer> {
    const { token } = this.options;
    const { timeoutMs = this.options.timeoutMs } = given;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const { statusCode, headers, body } = await this.#retrying.request({
        method,
        path: this.#base + path,
        headers: { ...given.headers, ...(token && { authorization: `Bearer ${token}` }) },
        body: given.body ?? null,
        signal: given.signal ? AbortSignal.any([given.signal, timeout]) : timeout,
      });
      return { status: statusCode, headers, body: await body.bytes() };
    } catch (error) {
      given.signal?.throwIfAborted();
      throw faultOf(error, timeoutMs);
    }
  }

  get #retrying() {
    return this.#pool.compose(interceptors.retry({ ...RETRY, methods: [...RETRY.methods] }));
  }
}
