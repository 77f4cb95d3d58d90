import type { FastifyInstance } from 'fastify';

export interface ServedFile {
  content: string | Buffer;
  type: string;
  cacheControl: string;
  /** The Content-Security-Policy of a page, and of what it loads. */
  policy: string;
}

/**
 * Answers a path with a file from memory, whoever asks. A file that is opened for each request is held as long as its
 * client does not read, so that a few clients could take all file descriptors of the process.
 */
export function serveFile(
  app: FastifyInstance,
  path: string,
  { content, type, cacheControl, policy }: ServedFile,
): void {
  const headers = { 'content-type': type, 'cache-control': cacheControl, 'content-security-policy': policy };
  app.get(path, { config: { scope: 'open' }, schema: { hide: true } }, async (_request, reply) =>
    reply.headers(headers).send(content),
  );
}
