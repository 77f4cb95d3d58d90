import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../src/app.js';
import { loadSettings } from '../../src/settings/load.js';
import type { Settings } from '../../src/settings/schema.js';

/** The real service on a free port of the loopback interface. */
export interface Service {
  app: FastifyInstance;
  port: number;
  request(path: string, init?: RequestInit): Promise<Response>;
  /** POST /v1/classify with these files as a multipart form. */
  classify(files: File[], query?: string, init?: RequestInit): Promise<Response>;
  /** The value of the first metric line that begins with `start`; 0 where there is none. */
  metric(start: string): Promise<number>;
  close(): Promise<void>;
}

/**
 * Starts the service, with onnxruntime in float32 unless overridden, whatever else is installed and the model allows;
 * with `load: false` it listens without its model.
 */
export async function startService(
  overrides: Partial<Settings> = {},
  { load = true } = {},
): Promise<Service> {
  const app = await buildApp({
    ...loadSettings({}),
    logLevel: 'silent',
    engine: 'onnxruntime',
    precision: 'float32',
    ...overrides,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  if (load) await app.modelHost.load();
  const { port } = app.server.address() as AddressInfo;
  const request = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);
  return {
    app,
    port,
    request,
    classify: (files, query = '', init) =>
      request(`/v1/classify${query}`, { method: 'POST', body: imageForm(files), ...init }),
    async metric(start) {
      const text = await (await request('/metrics')).text();
      const line = text.split('\n').find((candidate) => candidate.startsWith(start));
      return Number(line?.split(' ').at(-1) ?? 0);
    },
    close: () => app.close(),
  };
}

/** A multipart form with each file in the field `image`. */
export function imageForm(files: File[]): FormData {
  const form = new FormData();
  for (const file of files) form.append('image', file);
  return form;
}
