import { Server, type ServerOptions } from 'node:https';
import type {} from 'fastify';
import fp from 'fastify-plugin';
import type { TlsFiles } from '../lis/tls-files.js';
import { readGoodTlsFiles, renewTls } from '../lis/tls-renewal.js';
import { SettingsError } from '../settings/load.js';
import type { Settings } from '../settings/schema.js';

const HANDSHAKE_MS = 10_000;

/** Options of a server that speaks TLS; undefined where it shall not. @throws {SettingsError} for a wrong file. */
export async function tlsOptions(settings: Settings): Promise<ServerOptions | undefined> {
  if (settings.tlsCertificate === undefined) return undefined;
  try {
    const mutual = settings.tlsCa === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
    const contents = await readGoodTlsFiles(filesOf(settings));
    return { ...contents, ...mutual, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_MS };
  } catch (error) {
    throw new SettingsError([`HEMOSERVE_TLS_CERTIFICATE: ${(error as Error).message}`]);
  }
}

/** Takes new files for new connections; those that are open go on. Where a file is wrong the old ones stay in use. */
export const tlsPlugin = fp<{ settings: Settings }>(
  async (app, { settings }) => {
    const { server, log } = app;
    if (!(server instanceof Server)) return;
    const files = filesOf(settings);
    const end = renewTls(server, files, await readGoodTlsFiles(files).catch(String), {
      onRenewed: () => log.info('new TLS files are used'),
      onRefused: (reason) => log.error({ reason }, 'the new TLS files are not used'),
    });
    app.addHook('onClose', async () => end());
  },
  { name: 'tls' },
);

function filesOf({ tlsCa: ca, tlsCertificate: certificate, tlsKey: key }: Settings): TlsFiles {
  return { ...(certificate && { certificate }), ...(key && { key }), ...(ca && { ca }) };
}
