import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BYTES_A_TURN } from '../vocabulary/turns.js';

/** SHA-256 of a file, hexadecimal; a large one over many turns of the event loop. */
export async function contentHash(content: Buffer): Promise<string> {
  const hash = createHash('sha256');
  for (let start = 0; start < content.length; start += BYTES_A_TURN) {
    if (start > 0) await nextTurn();
    hash.update(content.subarray(start, start + BYTES_A_TURN));
  }
  return hash.digest('hex');
}
