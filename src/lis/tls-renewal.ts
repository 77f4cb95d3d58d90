import { createSecureContext, type Server } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { readTlsFiles, type TlsContents, type TlsFiles } from './tls-files.js';

/** How often it is looked for new files; a watch would miss the links that Kubernetes changes. */
const LOOK_MS = 2_000;

/** The contents of the files. @throws {Error} for files that are not there, or that do not belong together. */
export async function readGoodTlsFiles(files: TlsFiles): Promise<TlsContents> {
  const contents = await readTlsFiles(files);
  createSecureContext(contents);
  return contents;
}

/** What is told of new files. */
export interface RenewalListener {
  onRenewed(): void;
  /** They are not good; the old ones stay in use. */
  onRefused(reason: string): void;
}

/**
 * Lets a server take new files for new connections; those that are open go on.
 *
 * @param used what the server has, or why these files are not good by now.
 * @returns ends it.
 */
export function renewTls(
  server: Pick<Server, 'setSecureContext'>,
  files: TlsFiles,
  used: TlsContents | string,
  { onRenewed, onRefused }: RenewalListener,
): () => void {
  let seen = used;
  const look = async () => {
    const contents = await readGoodTlsFiles(files).catch(String);
    if (isDeepStrictEqual(contents, seen)) return;
    seen = contents;
    if (typeof contents === 'string') onRefused(contents);
    else {
      server.setSecureContext({ ...contents, minVersion: 'TLSv1.2' });
      onRenewed();
    }
  };
  const timer = setInterval(look, LOOK_MS).unref();
  return () => clearInterval(timer);
}
