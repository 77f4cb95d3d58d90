import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evaluation } from '../../src/evaluate/evaluation.js';
import { run } from '../../src/evaluate/run.js';
import { loadSettings } from '../../src/settings/load.js';
import { parseCsv } from '../support/crops.js';
import { root } from '../support/fixtures.js';
import { type Service, startService } from '../support/service.js';
import { ServiceProcess } from '../support/service-process.js';

/** Inputs that went wrong in the field, where this checkout has them beside it; their README.md has the right values. */
const cases = join(root, '..', 'shared', 'cases');
const hasCases = existsSync(cases);
const pictures = hasCases ? readdirSync(cases).filter((name) => /^(bmp|tiff|jpeg)-/.test(name)) : [];
/** A refusal is right here too. */
const MAY_BE_REFUSED = ['tiff-8-bits-in-16', 'tiff-float-0-255', 'tiff-three-pages-rgb'];
const MEDIA_TYPES: Record<string, string> = {
  bmp: 'image/bmp',
  tif: 'image/tiff',
  jpg: 'image/jpeg',
  png: 'image/png',
};

interface Answer {
  results: { index: number; filename?: string; class: string; probability: number }[];
}

describe.skipIf(!hasCases)('what went wrong in the field:', { timeout: 120_000 }, () => {
  let service: Service;
  let scratch: string;
  beforeAll(async () => {
    service = await startService();
    scratch = mkdtempSync(join(tmpdir(), 'hemoserve-field-'));
  });
  afterAll(async () => {
    await service.close();
    rmSync(scratch, { recursive: true });
  });

  function post(path: string, headers: Record<string, string>): Promise<Response> {
    const body = new Uint8Array(readFileSync(join(cases, path)));
    return service.request('/v1/classify', { method: 'POST', headers, body });
  }

  function postPicture(path: string): Promise<Response> {
    return post(path, { 'content-type': MEDIA_TYPES[path.split('.').at(-1) ?? ''] ?? '' });
  }

  it.each(pictures)('%s is read as the same picture as PNG', async (name) => {
    const file = readdirSync(join(cases, name)).find((candidate) => candidate.startsWith('cell.')) ?? '';
    const response = await postPicture(`${name}/${file}`);
    if (MAY_BE_REFUSED.includes(name) && response.status >= 400) {
      expect([415, 422]).toContain(response.status);
      expect(await response.json()).toMatchObject({ detail: expect.stringMatching(/\w+ \w+/) });
      return;
    }
    expect(response.status).toBe(200);
    const [actual] = ((await response.json()) as Answer).results;
    const [expected] = ((await (await postPicture(`${name}/same.png`)).json()) as Answer).results;
    expect(actual?.class).toBe(expected?.class);
    expect(Math.abs((actual?.probability ?? 0) - (expected?.probability ?? 1))).toBeLessThan(0.01);
  });

  it.each(['attachment', 'lf-headers'])('lost-part/%s: no part vanishes', async (name) => {
    const response = await post(`lost-part/${name}.body`, {
      'content-type': 'multipart/form-data; boundary=B',
    });
    expect([200, 400]).toContain(response.status);
    if (response.status === 400) return;
    expect(((await response.json()) as Answer).results.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  it.each(['image-jpeg', 'octet-stream'])('no-filename/%s is a file', async (name) => {
    const response = await post(`no-filename/${name}.body`, {
      'content-type': 'multipart/form-data; boundary=B',
    });
    expect(response.status).toBe(200);
    expect(((await response.json()) as Answer).results).toHaveLength(1);
  });

  it('gzip-body is decoded, or refused with what is accepted', async () => {
    const response = await post('gzip-body/cell.jpg.gz', {
      'content-type': 'image/jpeg',
      'content-encoding': 'gzip',
    });
    expect([200, 415]).toContain(response.status);
    if (response.status === 415) expect(response.headers.has('accept-encoding')).toBe(true);
  });

  it('paths come back as they were sent', async () => {
    const names = ['slide1/001.jpg', 'slide2/001.jpg'];
    const crop = new Uint8Array(readFileSync(join(cases, 'paths', 'cell.jpg')));
    const response = await service.classify(names.map((name) => new File([crop], name)));
    expect(((await response.json()) as Answer).results.map(({ filename }) => filename)).toEqual(names);
  });

  it('accept: what has q=0 is not sent', async () => {
    const response = await post('paths/cell.jpg', {
      'content-type': 'image/jpeg',
      accept: 'application/json, application/x-ndjson;q=0',
    });
    expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
  });

  it('parser errors are problems, and counted', async () => {
    const errors = async () =>
      (await (await service.request('/metrics')).text())
        .split('\n')
        .filter((line) => line.startsWith('hemoserve_errors_total{'))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    const before = await errors();
    const response = await service.request('/readyz', {
      headers: { authorization: `Bearer ${'a'.repeat(20_000)}` },
    });
    expect(response.status).toBe(431);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await errors()).toBe(before + 1);
  });

  /** Starts the process with these variables besides its own, and ends it when it is ready. */
  async function start(environment: Record<string, string>): Promise<void> {
    const started = new ServiceProcess(environment);
    await started.line('model ready');
    started.kill('SIGTERM');
    expect(await started.exit).toBe(0);
  }

  it('Kubernetes: a Service of its name does not stop the start', async () => {
    await start({ HEMOSERVE_PORT: 'tcp://10.0.0.1:3000', HEMOSERVE_SERVICE_HOST: '10.0.0.1' });
  });

  it('calling home: nothing is written to the home folder', async () => {
    const home = mkdtempSync(join(scratch, 'home-'));
    await start({ HOME: home });
    expect(readdirSync(home)).toEqual([]);
  });

  async function evaluate(name: string): Promise<Evaluation> {
    return run(
      {
        data: join(cases, name),
        out: join(scratch, name),
        split: undefined,
        model: undefined,
        modelsDir: undefined,
        engine: undefined,
        precision: undefined,
        limit: undefined,
      },
      { ...loadSettings({}), engine: 'onnxruntime', precision: 'float32' },
    );
  }

  it('labelled-one: a class that is all right gives a macro F1 of 100 %', async () => {
    expect(await evaluate('labelled-one')).toMatchObject({ macroF1: 1, failures: [] });
  });

  it("labelled-mac: macOS' files are no crops", async () => {
    expect(await evaluate('labelled-mac')).toMatchObject({ n: 8, failures: [] });
  });

  const audit = join(root, 'training', '.venv', 'bin', 'hemoserve-audit');
  it.skipIf(!existsSync(audit))('labelled-warning: training and service read the same files', async () => {
    const { failures } = await evaluate('labelled-warning');
    const out = join(scratch, 'audit');
    execFileSync(audit, ['--data', join(cases, 'labelled-warning'), '--out', out], {
      env: { ...process.env, PYTHONPATH: join(root, 'training') },
      stdio: 'pipe',
    });
    const used = parseCsv(readFileSync(join(out, 'audit.csv'), 'utf8'))
      .filter((row) => row.used === 'yes')
      .map(({ path }) => path);
    expect(used.includes('ig/y.jpg')).toBe(!failures.some(({ path }) => path === 'ig/y.jpg'));
  });
});
