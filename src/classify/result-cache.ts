import { subtle } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { BYTES_A_TURN } from '../vocabulary/turns.js';

/**
 * Class probabilities of one model by the SHA-256 of the image's file, or of each part of a large one; the least
 * recently used are forgotten first. Middleware sends the same crops again; the answer is then the very same.
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
    const key = await contentKey(encoded);
    const kept = this.#results.get(key);
    if (kept) return { probabilities: kept, hit: true };
    const probabilities = await compute();
    this.#results.set(key, probabilities);
    return { probabilities, hit: false };
  }
}

/** Hashed in libuv's threads, and part by part, since what they hash is copied for them on the event loop. */
async function contentKey(encoded: Buffer): Promise<string> {
  let key = '';
  for (let start = 0; start < encoded.length; start += BYTES_A_TURN) {
    const digest = await subtle.digest('SHA-256', encoded.subarray(start, start + BYTES_A_TURN));
    key += Buffer.from(digest).toString('base64');
  }
  return key;
}
