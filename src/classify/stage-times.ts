import type { QueuedCrop } from '../queues/batcher.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { StageTime } from '../telemetry/stages.js';

/** Times the stages of one model's crops, in the metrics and in the traces of their requests. */
export class StageTimes {
  constructor(
    private readonly model: string,
    private readonly metrics: Metrics,
  ) {}

  /** Of one crop. */
  observe(time: StageTime): void {
    const { model, metrics } = this;
    const seconds = (time.endMs - time.startMs) / 1000;
    metrics.stageDurationSeconds.observe({ model, stage: time.stage }, seconds);
    metrics.onStage?.(time);
  }

  /** The wait of each crop of a batch, and its inference: once, but in the trace of each of its requests. */
  observeBatch(crops: readonly QueuedCrop[], startMs: number, endMs: number): void {
    const { model } = this;
    const { batchSize, stageDurationSeconds, onStage } = this.metrics;
    batchSize.observe({ model }, crops.length);
    for (const { queuedAtMs, signal } of crops) {
      this.observe({ stage: 'queue', startMs: queuedAtMs, endMs: startMs, signal });
    }
    const stage = 'inference';
    stageDurationSeconds.observe({ model, stage }, (endMs - startMs) / 1000);
    if (!onStage) return;
    for (const signal of new Set(crops.map((crop) => crop.signal))) {
      onStage({ stage, startMs, endMs, signal, batchSize: crops.length });
    }
  }
}
