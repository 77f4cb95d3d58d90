import { subtle } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/**
 * Class probabilities of one model by the SHA-256 of the image's file, the least recently used forgotten first.
 * Middleware sends the same crops again; the answer is then the very same.
 */
export class ResultCache {
  readonly #results: LRUCache<string, Float64Array>;

  constructor(maxEntries: number) {
    this.#results = new LRUCache({ max: maxEntries });
  }

  /** The probabilities kept for a file, or those that `compute` gives, which are kept unless it rejects. */
  async get(
    encoded: Buffer,
    compute: () => Promise<Float64Array>,
  ): Promise<{ probabilities: Float64Array; hit: boolean }> {
    // Hashed in libuv's threads: a large file would hold the event loop up.
    const key = Buffer.from(await subtle.digest('SHA-256', encoded)).toString('base64');
    const kept = this.#results.get(key);
    if (kept) return { probabilities: kept, hit: true };
    const probabilities = await compute();
    this.#results.set(key, probabilities);
    return { probabilities, hit: false };
  }
}
