import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readResults, writeResults } from '../../../bench/report/json.js';

it('keeps the numbers that JSON does not know', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hemoserve-results-'));
  try {
    const results = {
      title: 'no number',
      loads: [{ p99Ms: Number.NaN, largest: Infinity }],
      least: -Infinity,
      a: 0.1,
    };
    writeResults(join(folder, 'results.json'), results);
    expect(readResults(join(folder, 'results.json'))).toEqual(results);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
