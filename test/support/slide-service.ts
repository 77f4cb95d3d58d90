import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../../src/settings/schema.js';
import { GeneratedRegistry } from './generated-registry.js';
import { imageForm, type Service, startService } from './service.js';

/** The service with a small model, and with a database of its own. */
export interface SlideService extends Service {
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** POST /v1/slides/:id/crops with these files. */
  crops(id: string, files: File[], headers?: Record<string, string>): Promise<Answer>;
  ask(path: string, init?: RequestInit): Promise<Answer>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects.
  json: any;
}

export async function startSlideService(
  overrides: Partial<Settings> = {},
  model?: string,
): Promise<SlideService> {
  const folder = mkdtempSync(join(tmpdir(), 'hemoserve-slides-'));
  const registry = await GeneratedRegistry.withSmallModel();
  if (model) await registry.add('small@1.0.0', { says: model });
  const service = await startService({
    modelsDir: registry.folder,
    database: join(folder, 'slides.db'),
    ...overrides,
  });
  const ask = async (path: string, init?: RequestInit): Promise<Answer> => {
    const response = await service.request(path, init);
    const text = await response.text();
    const isJson = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, text, json: isJson && JSON.parse(text) };
  };
  return {
    ...service,
    ask,
    post: (path, body, headers) =>
      ask(path, {
        method: 'POST',
        ...(body !== undefined && { body: JSON.stringify(body) }),
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      }),
    get: (path, headers = {}) => ask(path, { headers }),
    crops: (id, files, headers = {}) =>
      ask(`/v1/slides/${id}/crops`, { method: 'POST', body: imageForm(files), headers }),
    async close() {
      await service.close();
      registry.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
