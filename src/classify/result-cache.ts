import { subtle } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { BYTES_A_TURN } from '../vocabulary/turns.js';

/**
 * What one model says of crops, by the SHA-256 of the image's file, or of each part of a large one; the least
 * recently used are forgotten first. Middleware sends the same crops again; the answer is then the very same.
 */
export class ResultCache<T extends object> {
  readonly #results: LRUCache<string, T>;

  constructor(maxEntries: number) {
    this.#results = new LRUCache({ max: maxEntries });
  }

  /** The result kept for a file, or the one that `compute` gives, which is kept unless it rejects. */
  async get(encoded: Buffer, compute: () => Promise<T>): Promise<{ result: T; hit: boolean }> {
    const key = await contentKey(encoded);
    const kept = this.#results.get(key);
    if (kept) return { result: kept, hit: true };
    const result = await compute();
    this.#results.set(key, result);
    return { result, hit: false };
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
