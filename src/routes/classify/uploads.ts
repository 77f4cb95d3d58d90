import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parse as parseContentType } from 'content-type';
import type { FastifyRequest } from 'fastify';
import { ServiceError } from '../../errors/problem.js';
import { BYTES_A_TURN } from '../../vocabulary/turns.js';
import { multipartParts, type Part } from './multipart.js';

/** The multipart field that carries images. */
export const IMAGE_FIELD = 'image';

export const MULTIPART_TYPE = 'multipart/form-data';

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
 * @param signal stops the reading.
 * @throws {ServiceError} unexpected_field, too_many_files or malformed_multipart.
 */
export async function* uploads(
  { raw, body }: FastifyRequest,
  { maxFiles, maxFileBytes }: UploadLimits,
  signal: AbortSignal,
): AsyncGenerator<Upload, void> {
  if (!body) return;
  const { type, parameters } = parseContentType(raw.headers['content-type'] ?? '');
  if (type !== MULTIPART_TYPE) {
    yield { read: () => readBody(raw, maxFileBytes) };
    return;
  }
  for await (const part of multipartParts(raw, parameters.boundary, maxFiles, signal)) {
    yield uploadOf(part, maxFileBytes);
  }
}

/** The file that a part of a form brings. @throws {ServiceError} unexpected_field */
export function uploadOf(part: Part, maxFileBytes: number): Upload {
  if (part.name !== IMAGE_FIELD) {
    throw new ServiceError('unexpected_field', `Field "${part.name}" is not "${IMAGE_FIELD}".`);
  }
  if (!isFile(part)) {
    throw new ServiceError('unexpected_field', `Field "${IMAGE_FIELD}" must be a file, not text.`);
  }
  return {
    ...(part.filename !== undefined && { filename: part.filename }),
    read: () => join(part.content, maxFileBytes, { toEnd: true }),
  };
}

/** A name says that a part is a file; without one its type does. */
function isFile({ filename, type }: Part): boolean {
  return filename !== undefined || type.startsWith('image/') || type === 'application/octet-stream';
}

/** Most bytes that a file of this request can have, by its header. */
export function mostFileBytes(request: FastifyRequest, maxFileBytes: number): number {
  const declared = Number(request.headers['content-length'] ?? Number.NaN);
  return Number.isNaN(declared) ? maxFileBytes : Math.min(declared, maxFileBytes);
}

/**
 * A whole body that is one file.
 *
 * @throws {ServiceError} file_too_large
 */
export async function readBody(body: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(body.headers['content-length']) > maxBytes) throw tooLarge(maxBytes);
  // Destroying the request would cut the connection before the answer.
  return await join(body.iterator({ destroyOnReturn: false }), maxBytes);
}

/**
 * A file's bytes in one piece.
 *
 * @param toEnd whether a too large file is read to its end, since the next one comes after it.
 * @throws {ServiceError} file_too_large
 */
export async function join(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
  { toEnd = false } = {},
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes <= maxBytes) parts.push(chunk);
    else if (toEnd) parts.length = 0;
    else break;
  }
  if (bytes > maxBytes) throw tooLarge(maxBytes);
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
