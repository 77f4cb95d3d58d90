import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {} from 'fastify';
import fp from 'fastify-plugin';
import { serveFile } from './served-file.js';

/** Where `npm run build` puts the page; the same from the sources and from what is built. */
const FOLDER = fileURLToPath(new URL('../../dist/workbench', import.meta.url));
const PAGE = 'index.html';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
};

/** Its own files, its own service, and crops that it has in memory. Nothing inline runs. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/**
 * The workbench at `/`. The page has no data; whoever opens it enters a key. The names of its other files have their
 * hashes.
 */
export const workbenchPlugin = fp(
  async (app) => {
    const paths = builtFiles();
    if (paths.length === 0) app.log.warn('the workbench is not built: npm run build');
    for (const path of paths) {
      serveFile(app, path === PAGE ? '/' : `/${path}`, {
        content: readFileSync(join(FOLDER, path)),
        type: TYPES[extname(path)] ?? 'application/octet-stream',
        cacheControl: path === PAGE ? 'no-cache' : 'public, max-age=31536000, immutable',
        policy: POLICY,
      });
    }
  },
  { name: 'workbench', dependencies: ['openapi'] },
);

function builtFiles(): string[] {
  try {
    return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((path) => extname(path) !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
