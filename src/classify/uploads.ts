import type { FastifyRequest } from 'fastify';
import { ServiceError } from '../errors/problem.js';

/** The multipart field that carries images. */
export const IMAGE_FIELD = 'image';

/** One uploaded file. */
export interface Upload {
  /** As the client named it; absent for a raw body. */
  filename?: string;
  content: Buffer;
  /** The file went on after the accepted size; `content` is only its beginning. */
  truncated: boolean;
}

/**
 * The files of a request in order, as they arrive: those of a multipart form, or the one raw body.
 *
 * @throws {ServiceError} unexpected_field, too_many_files or malformed_multipart.
 */
export async function* uploads(request: FastifyRequest): AsyncGenerator<Upload> {
  if (!request.isMultipart()) {
    if (Buffer.isBuffer(request.body)) yield { content: request.body, truncated: false };
    return;
  }
  for await (const part of request.parts()) {
    if (part.fieldname !== IMAGE_FIELD) {
      throw new ServiceError('unexpected_field', `Field "${part.fieldname}" is not "${IMAGE_FIELD}".`);
    }
    if (part.type !== 'file') {
      throw new ServiceError('unexpected_field', `Field "${IMAGE_FIELD}" must be a file, not text.`);
    }
    const content = await part.toBuffer();
    yield { filename: part.filename, content, truncated: part.file.truncated };
  }
}
