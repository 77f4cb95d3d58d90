/** Parts of a crop's way, in order; each is timed once. */
export type Stage = 'read' | 'preprocess_queue' | 'preprocess' | 'queue' | 'inference' | 'assess';

/** A stage that a crop of a request has been through, or a batch with crops of it. */
export interface StageTime {
  stage: Stage;
  /** Readings of performance.now(). */
  startMs: number;
  endMs: number;
  /** By which the request is known. */
  signal: AbortSignal | undefined;
  /** Of `inference`: crops in the batch, those of other requests with them. */
  batchSize?: number;
}

/** Told of every stage, where requests are traced. */
export type StageListener = (time: StageTime) => void;
