import type { Scrape } from '../harness/metrics.js';
import { round, table } from '../report/tables.js';

/** In a crop's order; those that a version of the service doesn't have are left out. */
const STAGES = ['read', 'preprocess_queue', 'preprocess', 'queue', 'inference'];

/**
 * Where a request's time went between two scrapes of /metrics. Times of `queue` and `inference` are a batch's, and
 * its queue is that of its oldest crop: under load the rest may come out too small.
 */
export function stagesTable(before: Scrape, after: Scrape): string {
  const request = '{method="POST",route="/v1/classify",status="200"}';
  const whole = mean(before, after, 'hemoserve_http_request_duration_seconds', request);
  const stages = STAGES.map((stage): [string, number] => {
    const labels = `{stage="${stage}"}`;
    return [stage, mean(before, after, 'hemoserve_stage_duration_seconds', labels)];
  }).filter(([, milliseconds]) => Number.isFinite(milliseconds));
  const known = stages.reduce((total, [, milliseconds]) => total + milliseconds, 0);
  const rows: [string, number][] = [...stages, ['rest', whole - known], ['whole request', whole]];
  return table(
    ['Stage', 'Mean ms', '%'],
    rows.map(([name, milliseconds]) => [
      name,
      round(milliseconds),
      String(Math.round((milliseconds / whole) * 100)),
    ]),
  );
}

/** Crops per inference between two scrapes. */
export function meanBatchSize(before: Scrape, after: Scrape): number {
  return mean(before, after, 'hemoserve_batch_size', '') / 1000;
}

/** Of a histogram in seconds, in milliseconds. */
function mean(before: Scrape, after: Scrape, name: string, labels: string): number {
  const grown = (key: string) => (after.get(key) ?? Number.NaN) - (before.get(key) ?? 0);
  return (grown(`${name}_sum${labels}`) / grown(`${name}_count${labels}`)) * 1000;
}
