import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { cells, root, upload } from './support/fixtures.js';
import { imageForm } from './support/service.js';

interface LogLine {
  msg: string;
  [field: string]: unknown;
}

/** The process as `npm start` runs it, from the sources. */
class ServiceProcess {
  readonly log: LogLine[] = [];
  stderr = '';
  readonly exit: Promise<number | NodeJS.Signals>;
  private readonly child: ChildProcess;

  constructor(environment: Record<string, string>) {
    const loader = join(root, 'scripts', 'typescript.mjs');
    this.child = spawn(process.execPath, ['--import', loader, join(root, 'src', 'main.ts')], {
      env: { PATH: process.env.PATH, PORT: '0', HEMOSERVE_ENGINE: 'onnxruntime', ...environment },
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.child;
    if (!stdout || !stderr) throw new Error('no pipes');
    createInterface(stdout).on('line', (line) => this.log.push(JSON.parse(line) as LogLine));
    stderr.on('data', (text) => {
      this.stderr += text;
    });
    this.exit = once(this.child, 'close').then(
      ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
    );
  }

  /** The first log line whose message contains a text. */
  async line(text: string): Promise<LogLine> {
    await expect
      .poll(() => this.log.some(({ msg }) => msg.includes(text)), { timeout: 60_000, interval: 20 })
      .toBe(true);
    return this.log.find(({ msg }) => msg.includes(text)) as LogLine;
  }

  async url(): Promise<string> {
    return (await this.line('listening')).msg.replace(/^.*(http:\S+).*$/, '$1');
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

let service: ServiceProcess | undefined;
afterEach(() => service?.kill('SIGKILL'));

describe('the process', { timeout: 120_000 }, () => {
  it('finishes what was admitted after SIGTERM, refuses the rest, and exits with 0', async () => {
    service = new ServiceProcess({});
    const url = await service.url();
    await service.line('model ready');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const files = Array.from({ length: 8 }, cells).flat();
    const answer = fetch(`${url}/v1/classify`, { method: 'POST', body: imageForm(files) });
    await expect
      .poll(async () => (await (await fetch(`${url}/metrics`)).text()).match(/in_flight (\d+)/)?.[1], {
        interval: 5,
      })
      .not.toBe('0');
    service.kill('SIGTERM');
    await service.line('stopping');
    // A new connection is refused; one that was kept gets a 503.
    const ready = await fetch(`${url}/readyz`).catch(() => undefined);
    expect([undefined, 503]).toContain(ready?.status);
    const response = await answer;
    expect(response.status).toBe(200);
    expect(((await response.json()) as { results: unknown[] }).results).toHaveLength(files.length);
    expect(await service.exit).toBe(0);
  });

  it('exits with 0 when it is stopped while its model loads', async () => {
    service = new ServiceProcess({});
    await service.url();
    service.kill('SIGTERM');
    expect(await service.exit).toBe(0);
  });

  it('exits with 1 when it cannot finish in time', async () => {
    service = new ServiceProcess({ HEMOSERVE_SHUTDOWN_TIMEOUT_MS: '50', HEMOSERVE_MAX_BATCH_SIZE: '1' });
    const url = await service.url();
    await service.line('model ready');
    const files = Array.from({ length: 30 }, cells).flat();
    const answer = fetch(`${url}/v1/classify`, { method: 'POST', body: imageForm(files) }).catch(() => 'cut');
    await expect
      .poll(async () => (await (await fetch(`${url}/metrics`)).text()).match(/in_flight (\d+)/)?.[1], {
        interval: 5,
      })
      .not.toBe('0');
    service.kill('SIGTERM');
    expect(await service.exit).toBe(1);
    expect(await answer).toBe('cut');
  });

  it('writes one line a request, without file names', async () => {
    service = new ServiceProcess({});
    const url = await service.url();
    await service.line('model ready');
    const ask = (id: string, name: string) =>
      fetch(`${url}/v1/classify?model=inceptionv3`, {
        method: 'POST',
        headers: { 'x-request-id': id },
        body: imageForm([upload('cells/ig.jpg', name), upload('formats/text.jpg', name)]),
      });
    await ask('first', 'Jane-Doe-1970.jpg');
    await fetch(`${url}/patients/Jane-Doe-1970`, { headers: { 'x-request-id': 'second' } });
    service.kill('SIGTERM');
    await service.exit;
    const requests = service.log.filter(({ msg }) => msg === 'request');
    expect(requests).toEqual([
      expect.objectContaining({
        requestId: 'first',
        method: 'POST',
        route: '/v1/classify',
        status: 200,
        images: 2,
        durationMs: expect.any(Number),
      }),
      expect.objectContaining({ requestId: 'second', status: 404, code: 'unknown_route' }),
    ]);
    expect(JSON.stringify(service.log)).not.toContain('Doe');
    expect(service.stderr).toBe('');
  });

  it('does not start with wrong settings, and lists them all', async () => {
    service = new ServiceProcess({ PORT: 'http', HEMOSERVE_MAX_FILES: '0' });
    expect(await service.exit).toBe(1);
    expect(service.stderr).toContain('PORT: ');
    expect(service.stderr).toContain('HEMOSERVE_MAX_FILES: ');
    expect(service.log).toEqual([]);
  });

  it('does not start without its model', async () => {
    service = new ServiceProcess({ HEMOSERVE_MODEL: 'inceptionv3@99.0.0' });
    expect(await service.exit).toBe(1);
    expect(service.stderr).toContain('model inceptionv3@99.0.0 refused: not in the registry');
  });
});
