import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { throwWorkerDied } from '../errors/thread-death.js';
import type { Assessment, AssessmentBatch, AssessmentInput, AssessWorkerOptions } from './assessment.js';

interface Entry {
  input: AssessmentInput;
  resolve: (assessment: Assessment) => void;
  reject: (error: unknown) => void;
}

/** Computes image measures and novelty in worker threads: the crops of one batch together, in one message. */
export class Assessor {
  readonly #pool: Piscina<AssessmentBatch, Assessment[]>;
  #waiting: Entry[] = [];

  constructor(options: AssessWorkerOptions, threads: number) {
    this.#pool = new Piscina({
      // Compiled or not, as this file is.
      filename: fileURLToPath(new URL(`./assess-worker${extname(import.meta.url)}`, import.meta.url)),
      workerData: options,
      minThreads: 1,
      maxThreads: threads,
      idleTimeout: 60_000,
    });
  }

  run(input: AssessmentInput): Promise<Assessment> {
    return new Promise((resolve, reject) => {
      // A batch's crops come in one turn of the event loop.
      if (this.#waiting.length === 0) setImmediate(() => this.#send());
      this.#waiting.push({ input, resolve, reject });
    });
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  #send(): void {
    const entries = this.#waiting;
    this.#waiting = [];
    const inputs = entries.map(({ input }) => input);
    const batch = {
      count: inputs.length,
      pixels: joined(
        Uint8Array,
        inputs.map(({ pixels }) => pixels),
      ),
      logits: joined(
        Float32Array,
        inputs.map(({ logits }) => logits),
      ),
      features: joined(
        Float32Array,
        inputs.map(({ features }) => features),
      ),
    };
    const transferList = [batch.pixels.buffer, batch.logits.buffer, batch.features.buffer];
    this.#pool
      .run(batch, { transferList })
      .catch(throwWorkerDied)
      .then(
        (assessments) => {
          for (const [index, { resolve }] of entries.entries()) resolve(assessments[index] as Assessment);
        },
        (error) => {
          for (const { reject } of entries) reject(error);
        },
      );
  }
}

/** Arrays of one length after each other in memory of their own, which goes over to the worker without a copy. */
function joined<T extends Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>>(
  kind: new (length: number) => T,
  rows: readonly (Uint8Array | Float32Array)[],
): T {
  const length = rows[0]?.length ?? 0;
  const all = new kind(rows.length * length);
  for (const [index, row] of rows.entries()) all.set(row, index * length);
  return all;
}
