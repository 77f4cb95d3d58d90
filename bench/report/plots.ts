import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { trainingPython } from '../harness/python.js';

/** Throughput and p99 over the number of clients. */
export const PLOTS = ['throughput.svg', 'p99.svg'] as const;

/** Draws them from the benchmark's results, a JSON file, into a folder. */
export function drawPlots(results: string, folder: string): void {
  const script = join(import.meta.dirname, 'plots.py');
  execFileSync(trainingPython(), [script, results, folder], { stdio: 'inherit' });
}
