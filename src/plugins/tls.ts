import { Server, type ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type {} from 'fastify';
import fp from 'fastify-plugin';
import { readTlsFiles, type TlsContents } from '../lis/tls-files.js';
import { SettingsError } from '../settings/load.js';
import type { Settings } from '../settings/schema.js';

const HANDSHAKE_MS = 10_000;
/** How often it is looked for new files; a watch would miss the links that Kubernetes changes. */
const LOOK_MS = 2_000;

/** Options of a server that speaks TLS; undefined where it shall not. @throws {SettingsError} for a wrong file. */
export async function tlsOptions(settings: Settings): Promise<ServerOptions | undefined> {
  if (settings.tlsCertificate === undefined) return undefined;
  try {
    const mutual = settings.tlsCa === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
    return { ...(await read(settings)), ...mutual, handshakeTimeout: HANDSHAKE_MS };
  } catch (error) {
    throw new SettingsError([`HEMOSERVE_TLS_CERTIFICATE: ${(error as Error).message}`]);
  }
}

/** Takes new files for new connections; those that are open go on. Where a file is wrong the old ones stay in use. */
export const tlsPlugin = fp<{ settings: Settings }>(
  async (app, { settings }) => {
    const { server, log } = app;
    if (!(server instanceof Server)) return;
    let seen: TlsContents | string = await read(settings).catch(String);
    const look = async () => {
      const contents = await read(settings).catch((error: Error) => String(error));
      if (isDeepStrictEqual(contents, seen)) return;
      seen = contents;
      if (typeof contents === 'string') log.error({ reason: contents }, 'the new TLS files are not used');
      else {
        server.setSecureContext(contents);
        log.info('new TLS files are used');
      }
    };
    const timer = setInterval(look, LOOK_MS).unref();
    app.addHook('onClose', async () => clearInterval(timer));
  },
  { name: 'tls' },
);

/** @throws {Error} for files that are not there, or that do not belong together. */
async function read({ tlsCa: ca, tlsCertificate: certificate, tlsKey: key }: Settings): Promise<TlsContents> {
  const contents = await readTlsFiles({
    ...(certificate && { certificate }),
    ...(key && { key }),
    ...(ca && { ca }),
  });
  createSecureContext(contents);
  return contents;
}
