import type { Model } from './model.js';

/** Largest batch of everyone who forms batches. */
export const MAX_BATCH_SIZE = 16;

/** One classification of one JPEG, as a contender wants to be asked. */
export interface CropRequest {
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Command {
  file: string;
  args: string[];
  cwd?: string;
  env?: Record<string, string>;
}

/** A service under test: ours or a peer. It decodes and resizes the JPEG itself and answers class probabilities. */
export interface Contender {
  /** For `--peers`. */
  name: string;
  title: string;
  /** How it is set for throughput: processes, threads, batches. Shown in the table. */
  settings: string;
  /** Why it cannot run here; absent when it can. */
  missing(): string | undefined;
  command(model: Model, port: number): Command;
  /** Answers 2xx once the model is loaded. */
  readyPath: string;
  request(jpeg: Buffer): CropRequest;
  /** Class probabilities in the manifest's order. Throws when the answer has none. */
  probabilities(answer: unknown, classes: string[]): number[];
}
