/**
 * A real Prometheus (Debian's package) scrapes the built service with the rules of deploy/prometheus: every query of the
 * dashboard must answer, and alerts must fire. Takes about three minutes.
 *
 *     npm run check:monitoring
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { dashboardQueries, filledIn } from '../test/support/promql.js';

const root = join(import.meta.dirname, '..');
const CROPS = 60;
/** Over the minute that HemoserveDown waits. */
const ALERT_TIMEOUT_MS = 120_000;

const folder = mkdtempSync(join(tmpdir(), 'hemoserve-monitoring-'));
const children: ChildProcess[] = [];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (!address || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

function start(command: string, args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(command, args, {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  return child;
}

async function until<T>(what: string, look: () => Promise<T | undefined>, timeoutMs = 60_000): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (performance.now() > endMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await setTimeout(500);
  }
}

/** A registry whose default can be broken. */
function registryCopy(): string {
  const models = join(folder, 'models');
  cpSync(join(root, 'models'), models, { recursive: true });
  return models;
}

/** The repository's configuration, but for this machine's addresses and shorter times. */
function prometheusConfig(servicePort: number): string {
  const path = join(root, 'deploy', 'prometheus', 'prometheus.yml');
  const config = parse(readFileSync(path, 'utf8')) as {
    global: object;
    scrape_configs: { static_configs: { targets: string[] }[] }[];
  };
  const [job] = config.scrape_configs;
  if (!job) throw new Error(`${path} scrapes nothing`);
  job.static_configs = [{ targets: [`127.0.0.1:${servicePort}`] }];
  config.global = { scrape_interval: '1s', evaluation_interval: '1s' };
  cpSync(join(root, 'deploy', 'prometheus', 'alerts.yml'), join(folder, 'alerts.yml'));
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, stringify(config));
  return file;
}

async function main(): Promise<void> {
  const [servicePort, prometheusPort] = [await freePort(), await freePort()];
  const service = `http://127.0.0.1:${servicePort}`;
  const prometheus = `http://127.0.0.1:${prometheusPort}`;
  const models = registryCopy();
  const destinations = join(folder, 'destinations.yaml');
  const audit = join(folder, 'audit');
  // Nobody listens there, so results wait.
  writeFileSync(destinations, 'destinations: [{name: lis, type: mllp, host: 127.0.0.1, port: 9}]\n');
  const startService = () =>
    start('scripts/start.sh', [], {
      PORT: String(servicePort),
      HEMOSERVE_MODELS_DIR: models,
      HEMOSERVE_DATABASE: join(folder, 'hemoserve.db'),
      HEMOSERVE_DESTINATIONS: destinations,
      HEMOSERVE_CACHE_ENTRIES: '10',
      HEMOSERVE_AUDIT_DIR: audit,
    });
  const ready = async () => ((await fetch(`${service}/readyz`)).ok ? true : undefined);
  let process = startService();
  start('prometheus', [
    `--config.file=${prometheusConfig(servicePort)}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${prometheusPort}`,
    '--log.level=error',
  ]);
  await until('the service is ready', ready);

  const query = async (expr: string): Promise<unknown[]> => {
    const response = await fetch(`${prometheus}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: expr }),
    });
    const answer = (await response.json()) as { data?: { result: unknown[] }; error?: string };
    if (!answer.data) throw new Error(`${expr}: ${answer.error}`);
    return answer.data.result;
  };
  const alert = (name: string, firing: boolean) =>
    until(
      `${name} ${firing ? 'fires' : 'ends'}`,
      async () => {
        const found = await query(`ALERTS{alertname="${name}", alertstate="firing"}`);
        return found.length > 0 === firing ? true : undefined;
      },
      ALERT_TIMEOUT_MS,
    );

  const image = readFileSync(join(root, 'test', 'fixtures', 'cells', 'eosinophil.jpg'));
  const headers = { 'content-type': 'image/jpeg', 'x-source': 'DM96-1' };
  await until('Prometheus has seen the service', async () =>
    (await query('hemoserve_model_info')).length > 0 ? true : undefined,
  );
  for (let crop = 0; crop < CROPS; crop++) {
    // Each is another file, as far as the cache is concerned.
    const body = Buffer.concat([image, Buffer.from([crop])]);
    await fetch(`${service}/v1/classify`, { method: 'POST', headers, body });
  }
  await fetch(`${service}/v1/classify`, { method: 'POST', headers, body: 'no image' });
  await setTimeout(5_000);
  const silent: string[] = [];
  const queries = dashboardQueries();
  for (const { panel, expr } of queries) {
    if ((await query(filledIn(expr))).length === 0) silent.push(panel);
  }
  console.log(
    `${queries.length} queries of the dashboard; without a value at this moment: ${silent.join(', ')}`,
  );

  rmSync(audit, { recursive: true });
  await fetch(`${service}/v1/classify`, { method: 'POST', headers, body: image });
  await alert('HemoserveAuditLost', true);
  console.log('HemoserveAuditLost fires once the folder of the audit is gone');

  writeFileSync(join(models, 'default.json'), '{"name": "inceptionv3", "version": "9.9.9"}');
  process.kill('SIGHUP');
  await alert('HemoserveReloadFailed', true);
  console.log('HemoserveReloadFailed fires after a reload of a registry without its default');

  process.kill('SIGKILL');
  await alert('HemoserveDown', true);
  console.log('HemoserveDown fires after kill -9');
  cpSync(join(root, 'models', 'default.json'), join(models, 'default.json'));
  process = startService();
  await until('the service is ready again', ready);
  await alert('HemoserveDown', false);
  console.log('HemoserveDown ends with the next start');
}

try {
  await main();
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
