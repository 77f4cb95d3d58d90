import koffi from 'koffi';
import { expect, it } from 'vitest';
import { returnMemory } from '../../src/models/return-memory.js';

const BLOCK_BYTES = 100 * 1024;
const BLOCKS = 1_000;

it('gives back what glibc keeps', async () => {
  const libc = koffi.load('libc.so.6');
  const malloc = libc.func('void *malloc(size_t size)');
  const memset = libc.func('void *memset(void *block, int byte, size_t size)');
  const free = libc.func('void free(void *block)');
  const blocks = Array.from({ length: BLOCKS }, () => memset(malloc(BLOCK_BYTES), 1, BLOCK_BYTES));
  // The last one stays, at the top of the heap, so that glibc cannot shrink it.
  const last = blocks.pop();
  for (const block of blocks) free(block);
  const keptBytes = process.memoryUsage.rss();
  await returnMemory();
  expect(keptBytes - process.memoryUsage.rss()).toBeGreaterThan(0.9 * BLOCKS * BLOCK_BYTES);
  free(last);
});
