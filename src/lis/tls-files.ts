import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** Files of a TLS side, all PEM: whom it trusts, and who it is. */
export const tlsFilesSchema = z.strictObject({
  ca: z.string().min(1).optional().describe('Certificates that are trusted, instead of the usual ones'),
  certificate: z.string().min(1).optional().describe('Own certificate and its chain'),
  key: z.string().min(1).optional().describe('Key of the own certificate'),
});

export type TlsFiles = z.infer<typeof tlsFilesSchema>;

/** Contents for `node:tls`, with names as there. */
export interface TlsContents {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
}

/** Reads the files; done anew for each connection, so that a renewed certificate is used without a restart. */
export async function readTlsFiles({ ca, certificate, key }: TlsFiles): Promise<TlsContents> {
  return {
    ...(ca && { ca: await readFile(ca) }),
    ...(certificate && { cert: await readFile(certificate) }),
    ...(key && { key: await readFile(key) }),
  };
}
