import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { StageListener } from './stages.js';

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The service's metrics in a registry of their own, so that two apps in one process don't mix. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const reloads = new Counter({
    name: 'hemoserve_reloads_total',
    help: 'Reloads of the models, by outcome',
    labelNames: ['outcome'] as const,
    registers,
  });
  // So that both are there before the first one, for rates.
  for (const outcome of ['succeeded', 'failed']) reloads.inc({ outcome }, 0);
  return {
    registry,
    /** Set where requests are traced. */
    onStage: undefined as StageListener | undefined,
    reloads,
    requestDurationSeconds: new Histogram({
      name: 'hemoserve_http_request_duration_seconds',
      help: 'Duration of HTTP requests',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    stageDurationSeconds: new Histogram({
      name: 'hemoserve_stage_duration_seconds',
      help: 'Duration of the stages: read, preprocess_queue, preprocess, queue and assess per crop, inference per batch',
      labelNames: ['model', 'stage'] as const,
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    batchSize: new Histogram({
      name: 'hemoserve_batch_size',
      help: 'Crops per inference',
      labelNames: ['model'] as const,
      buckets: [1, 2, 4, 8, 16, 32, 64, 128],
      registers,
    }),
    predictions: new Counter({
      name: 'hemoserve_predictions_total',
      help: 'Crops classified, by top-1 class',
      labelNames: ['model', 'version', 'class'] as const,
      registers,
    }),
    decisions: new Counter({
      name: 'hemoserve_decisions_total',
      help: 'Crops by decision, accepted or review, of models with trust data; the review rate is the share of review',
      labelNames: ['model', 'version', 'decision'] as const,
      registers,
    }),
    reviewReasons: new Counter({
      name: 'hemoserve_review_reasons_total',
      help: 'Crops that a person must review, by reason; one crop may have several',
      labelNames: ['model', 'version', 'reason'] as const,
      registers,
    }),
    errors: new Counter({
      name: 'hemoserve_errors_total',
      help: 'Errors by code, of requests and of single files',
      labelNames: ['code'] as const,
      registers,
    }),
    cacheLookups: new Counter({
      name: 'hemoserve_cache_lookups_total',
      help: 'Crops looked up in the cache of results, hit or miss; none where it is off',
      labelNames: ['result'] as const,
      registers,
    }),
    modelInfo: new Gauge({
      name: 'hemoserve_model_info',
      help: 'The served models; always 1',
      labelNames: ['model', 'version', 'engine', 'engine_version', 'precision', 'device'] as const,
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

/** Seconds since a reading of performance.now(). */
export function secondsSince(startMs: number): number {
  return (performance.now() - startMs) / 1000;
}
