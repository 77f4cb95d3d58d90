import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import { decodeExtended, parse } from 'content-disposition';
import { ServiceError } from '../../errors/problem.js';

/** One part of a multipart form. */
export interface Part {
  name: string;
  filename: string | undefined;
  /** Media type in lower case; empty if the part has none. */
  type: string;
  content: AsyncIterable<Buffer>;
}

/**
 * The parts of a multipart form, in order, as they arrive. Every part that was sent is given, or the form fails:
 * busboy itself skips a part whose header it does not understand, so its splitter alone is used.
 *
 * @param body is read as fast as the parts' contents are.
 * @param maxParts past it the form fails with too_many_files.
 * @param signal stops the reading.
 * @throws {ServiceError} malformed_multipart or too_many_files.
 */
export async function* multipartParts(
  body: IncomingMessage,
  boundary: string | undefined,
  maxParts: number,
  signal: AbortSignal,
): AsyncGenerator<Part, void> {
  const found = new Readable({ objectMode: true, read() {} });
  const dicer = openDicer(boundary);
  let count = 0;
  let current: Readable | undefined;
  let hasHeader = true;
  let isEmpty = true;
  let over = false;
  let failure: ServiceError | undefined;

  dicer.on('part', (part: Readable) => {
    // An error of the parser comes to each part, too.
    part.on('error', () => {});
    if (!hasHeader) fail(new Error(`Part ${count} has no header.`));
    count += 1;
    if (count > maxParts) {
      fail(new ServiceError('too_many_files', `The request has more than ${maxParts} files.`));
    }
    // So that the rest of this chunk, which may be thousands of parts, is not parsed.
    if (over) throw new Error('The form is over.');
    current = part;
    hasHeader = false;
    part.once('header', (header: Record<string, string[]>) => {
      hasHeader = true;
      const read = readHeader(header);
      if (read) found.push({ ...read, content: contentOf(part) } satisfies Part);
      else fail(new Error(`Part ${count} has no disposition "form-data" with a name.`));
    });
  });
  dicer.on('finish', () => {
    if (!hasHeader) fail(new Error(`Part ${count} has no header.`));
    end();
  });
  dicer.on('error', fail);
  body.on('data', write).on('end', writeEnd).on('close', close);
  signal.addEventListener('abort', stop);
  try {
    for await (const item of found) {
      if (item instanceof Error) throw item;
      yield item as Part;
    }
  } finally {
    stop();
  }

  async function* contentOf(part: Readable): AsyncGenerator<Buffer, void> {
    try {
      yield* part;
    } catch (error) {
      // The parser's own words for it come first.
      fail(error as Error);
      throw failure ?? error;
    }
  }

  function write(chunk: Buffer): void {
    isEmpty = false;
    try {
      if (dicer.write(chunk)) return;
    } catch (error) {
      fail(error as Error);
    }
    if (over) return;
    body.pause();
    dicer.once('drain', () => !over && body.resume());
  }

  function writeEnd(): void {
    // An empty body is a form without a part.
    if (isEmpty) end();
    else dicer.end();
  }

  function close(): void {
    if (!body.readableEnded) fail(new Error('The body ends early.'));
  }

  /** Comes after the parts before it. */
  function fail(error: Error): void {
    if (over) return;
    const known =
      error instanceof ServiceError
        ? error
        : new ServiceError('malformed_multipart', error.message, { cause: error });
    failure = known;
    current?.destroy(known);
    found.push(known);
    end();
  }

  function end(): void {
    if (over) return;
    stop();
    found.push(null);
  }

  function stop(): void {
    over = true;
    body.off('data', write).off('end', writeEnd).off('close', close);
    signal.removeEventListener('abort', stop);
  }
}

function openDicer(boundary: string | undefined): Dicer {
  if (!boundary) throw new ServiceError('malformed_multipart', 'The content type has no boundary.');
  try {
    return new Dicer({ boundary });
  } catch (error) {
    throw new ServiceError('malformed_multipart', 'The boundary is too long.', { cause: error });
  }
}

/** What a part's header says (RFC 7578); nothing if it is no form data with a name. */
function readHeader(header: Record<string, string[]>): Omit<Part, 'content'> | undefined {
  const [disposition] = header['content-disposition'] ?? [];
  if (disposition === undefined) return undefined;
  // Browsers write a quote as %22, others as \".
  const text = disposition.replaceAll('\\"', '%22');
  const { type, parameters } = parse(text, { multipart: true, extended: false });
  const { name, filename, 'filename*': encoded } = parameters;
  if (type !== 'form-data' || name === undefined) return undefined;
  const [mediaType = ''] = header['content-type']?.[0]?.split(';') ?? [];
  return {
    name: fromUtf8(name),
    filename:
      (encoded === undefined ? undefined : decodeExtended(encoded)) ??
      (filename === undefined ? undefined : fromUtf8(filename)),
    type: mediaType.trim().toLowerCase(),
  };
}

/** The parser gives each byte as a character. */
function fromUtf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
