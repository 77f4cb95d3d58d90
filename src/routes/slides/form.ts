import { parse as parseContentType } from 'content-type';
import type { FastifyRequest } from 'fastify';
import { ServiceError } from '../../errors/problem.js';
import { multipartParts, type Part } from '../classify/multipart.js';
import { join, uploadOf } from '../classify/uploads.js';
import type { DescriptionFile } from './description.js';
import type { SlideFile } from './listed.js';

/** The multipart field that has the slide's description. */
export const SLIDE_FIELD = 'slide';

/** A whole slide as a multipart form: its description first, then its images, which are read as they arrive. */
export class FormUpload {
  readonly #abort = new AbortController();
  readonly #parts: AsyncGenerator<Part, void>;

  constructor({ raw }: FastifyRequest, maxFiles: number) {
    const { parameters } = parseContentType(raw.headers['content-type'] ?? '');
    this.#parts = multipartParts(raw, parameters.boundary, maxFiles + 1, this.#abort.signal);
  }

  /** @throws {ServiceError} invalid_request where it does not come first; file_too_large or malformed_multipart. */
  async description(maxBytes: number): Promise<DescriptionFile> {
    const { value: part } = await this.#parts.next();
    if (part?.name !== SLIDE_FIELD) {
      throw new ServiceError('invalid_request', `The form's first part must be the field "${SLIDE_FIELD}".`);
    }
    const text = (await join(part.content, maxBytes, { toEnd: true })).toString('utf8');
    const isJson = part.filename === undefined ? part.type.includes('json') : part.filename.endsWith('.json');
    return { text, kind: isJson ? 'json' : 'csv' };
  }

  /** @throws {ServiceError} unexpected_field, too_many_files or malformed_multipart. */
  async *images(
    signal: AbortSignal,
    _maxFiles: number,
    maxFileBytes: number,
  ): AsyncGenerator<SlideFile, void> {
    const stop = () => this.#abort.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    try {
      for await (const part of this.#parts) yield uploadOf(part, maxFileBytes);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async dispose(): Promise<void> {
    await this.#parts.return();
  }
}
