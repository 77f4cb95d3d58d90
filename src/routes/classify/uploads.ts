import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { ServiceError } from '../../errors/problem.js';
import { BYTES_A_TURN } from '../../vocabulary/turns.js';

/** The multipart field that carries images. */
export const IMAGE_FIELD = 'image';

/** One file of a request, whose bytes are still to be read. */
export interface Upload {
  /** As the client named it; absent for a raw body. */
  filename?: string;
  /** Its content, to be read before the next file is asked for. Rejects with file_too_large. */
  read(): Promise<Buffer>;
}

export interface UploadLimits {
  maxFiles: number;
  maxFileBytes: number;
}

/**
 * The files of a request in order, as they arrive: those of a multipart form, or the one raw body.
 *
 * @throws {ServiceError} unexpected_field, too_many_files or malformed_multipart.
 */
export async function* uploads(
  request: FastifyRequest,
  { maxFiles, maxFileBytes }: UploadLimits,
): AsyncGenerator<Upload, void> {
  if (!request.isMultipart()) {
    if (request.body) yield { read: () => readBody(request.raw, maxFileBytes) };
    return;
  }
  for await (const part of parts(request, { files: maxFiles, fileSize: maxFileBytes })) {
    if (part.fieldname !== IMAGE_FIELD) {
      throw new ServiceError('unexpected_field', `Field "${part.fieldname}" is not "${IMAGE_FIELD}".`);
    }
    if (part.type !== 'file') {
      throw new ServiceError('unexpected_field', `Field "${IMAGE_FIELD}" must be a file, not text.`);
    }
    // The plugin would keep every part until the last one.
    delete part.fields[IMAGE_FIELD];
    yield {
      filename: part.filename,
      async read() {
        const content = await join(part.file).catch((error) => throwOfParser(error, request));
        if (part.file.truncated) throw tooLarge(maxFileBytes);
        return content;
      },
    };
  }
}

async function* parts(
  request: FastifyRequest,
  limits: { files: number; fileSize: number },
): AsyncGenerator<Multipart, void> {
  try {
    yield* request.parts({ limits });
  } catch (error) {
    throwOfParser(error as Error, request);
  }
}

/**
 * What the multipart parser throws is the client's doing, unless the client left. Errors with a code are Fastify's,
 * which plugins/problems.ts knows; busboy's have none.
 */
function throwOfParser(error: Error & { code?: string }, { raw }: FastifyRequest): never {
  const clientLeft = raw.destroyed && !raw.complete;
  if (error.code || clientLeft) throw error;
  throw new ServiceError('malformed_multipart', error.message, { cause: error });
}

/** Most bytes that a file of this request can have, by its header. */
export function mostFileBytes(request: FastifyRequest, maxFileBytes: number): number {
  const declared = Number(request.headers['content-length'] ?? Number.NaN);
  return Number.isNaN(declared) ? maxFileBytes : Math.min(declared, maxFileBytes);
}

async function readBody(body: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(body.headers['content-length']) > maxBytes) throw tooLarge(maxBytes);
  // Destroying the request would cut the connection before the answer.
  return await join(body.iterator({ destroyOnReturn: false }), maxBytes);
}

async function join(
  chunks: Readable | AsyncIterable<Buffer>,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    parts.push(chunk);
  }
  return concat(parts, bytes);
}

/** As Buffer.concat does, but a large file over many turns of the event loop, for fresh memory is slow to fill. */
async function concat(parts: Buffer[], bytes: number): Promise<Buffer> {
  if (bytes <= BYTES_A_TURN) return Buffer.concat(parts, bytes);
  const whole = Buffer.allocUnsafeSlow(bytes);
  let copiedBytes = 0;
  let turnEnd = BYTES_A_TURN;
  for (const part of parts) {
    if (copiedBytes >= turnEnd) {
      await nextTurn();
      turnEnd = copiedBytes + BYTES_A_TURN;
    }
    copiedBytes += part.copy(whole, copiedBytes);
  }
  return whole;
}

function tooLarge(maxBytes: number): ServiceError {
  return new ServiceError('file_too_large', `The file has more than ${maxBytes} bytes.`);
}
