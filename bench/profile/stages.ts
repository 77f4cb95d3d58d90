import { type Scrape, sumOf } from '../harness/metrics.js';
import type { StageTimes } from '../report/profile.js';

/** In a crop's order; those that a version of the service doesn't have are left out. */
const STAGES = ['read', 'preprocess_queue', 'preprocess', 'queue', 'inference', 'assess'];

/** Where a request's time went between two scrapes of /metrics. The time of `inference` is a batch's. */
export function stageTimes(before: Scrape, after: Scrape): StageTimes {
  const request = { method: 'POST', route: '/v1/classify', status: '200' };
  const meanMs = (name: string, labels: Record<string, string>) => 1000 * mean(before, after, name, labels);
  return {
    stages: STAGES.map((name) => ({
      name,
      meanMs: meanMs('hemoserve_stage_duration_seconds', { stage: name }),
    })).filter((stage) => Number.isFinite(stage.meanMs)),
    requestMeanMs: meanMs('hemoserve_http_request_duration_seconds', request),
  };
}

/** Crops per inference between two scrapes. */
export function meanBatchSize(before: Scrape, after: Scrape): number {
  return mean(before, after, 'hemoserve_batch_size', {});
}

/** Of a histogram; NaN of nothing. */
function mean(before: Scrape, after: Scrape, name: string, labels: Record<string, string>): number {
  const grown = (part: string) =>
    (sumOf(after, `${name}_${part}`, labels) ?? Number.NaN) - (sumOf(before, `${name}_${part}`, labels) ?? 0);
  return grown('sum') / grown('count');
}
