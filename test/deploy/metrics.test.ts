import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../support/fixtures.js';
import { alertRules, dashboardQueries, namedMetrics } from '../support/promql.js';
import { type Service, startService } from '../support/service.js';

/** What Prometheus adds to what it scrapes. */
const OF_PROMETHEUS = ['up'];
const LABELS_OF_PROMETHEUS = ['instance', 'job'];

/** The service's metrics, with the labels that each declares. */
interface Declared {
  name: string;
  type: string;
  labelNames?: string[];
}

let service: Service;
let folder: string;
const labelsOf = new Map<string, readonly string[]>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hemoserve-metrics-'));
  const destinations = join(folder, 'destinations.yaml');
  writeFileSync(destinations, 'destinations: [{name: lis, type: mllp, host: 127.0.0.1, port: 9}]\n');
  // With everything that has metrics of its own.
  const database = join(folder, 'hemoserve.db');
  service = await startService({ destinations, database, mllpPort: 0 }, { load: false });
  const text = await (await service.request('/metrics')).text();
  const scraped = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
  for (const metric of service.app.metrics.registry.getMetricsAsArray() as unknown as Declared[]) {
    if (!scraped.has(metric.name)) continue;
    const labels = metric.labelNames ?? [];
    labelsOf.set(metric.name, labels);
    if (metric.type !== 'histogram') continue;
    labelsOf.set(`${metric.name}_bucket`, [...labels, 'le']);
    for (const part of ['sum', 'count']) labelsOf.set(`${metric.name}_${part}`, labels);
  }
});

afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true });
});

/** What a query names and the service does not have. */
function unknown(query: string): string[] {
  return namedMetrics(query).flatMap(({ metric, labels }) => {
    if (OF_PROMETHEUS.includes(metric)) return [];
    const known = labelsOf.get(metric);
    if (!known) return [metric];
    return labels
      .filter((label) => ![...known, ...LABELS_OF_PROMETHEUS].includes(label))
      .map((label) => `${metric}{${label}}`);
  });
}

describe('deploy', () => {
  it('each metric and label that the dashboard asks for exists', () => {
    const queries = dashboardQueries();
    expect(queries.length).toBeGreaterThan(25);
    for (const { panel, expr } of queries) expect(unknown(expr), panel).toEqual([]);
  });

  it('each metric and label that an alert asks for exists', () => {
    const rules = alertRules();
    expect(rules.length).toBeGreaterThan(10);
    for (const { alert, expr, annotations } of rules) {
      expect(unknown(expr), alert).toEqual([]);
      expect(annotations.summary, alert).toBeTruthy();
    }
  });

  it('each alert has its test for promtool', () => {
    const { tests } = parse(readFileSync(join(root, 'deploy', 'prometheus', 'alerts.test.yml'), 'utf8')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[];
    };
    const fired = tests
      .flatMap(({ alert_rule_test: checks }) => checks)
      .filter(({ exp_alerts: alerts = [] }) => alerts.length > 0)
      .map(({ alertname }) => alertname);
    expect(new Set(fired)).toEqual(new Set(alertRules().map(({ alert }) => alert)));
  });

  it('a query that names what is not there is found', () => {
    expect(unknown('rate(hemoserve_errors_total{kode="x"}[5m]) / hemoserve_error')).toEqual([
      'hemoserve_errors_total{kode}',
      'hemoserve_error',
    ]);
    expect(() => namedMetrics('rate(up[)')).toThrow('no PromQL');
  });
});
