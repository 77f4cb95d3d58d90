import type { BatchOutput, CropBatch } from '../engine.js';
import { openLibrary } from './bindings.js';
import { Network, type NetworkOptions } from './network.js';

/** This thread's tasks, one after the other: `load`, then batches, then `free`. */
let network: Network | undefined;

export function load({ libraryDir, ...options }: NetworkOptions & { libraryDir: string }): void {
  network = new Network(openLibrary(libraryDir), options);
}

export default function run(batch: CropBatch): BatchOutput {
  if (!network) throw new Error('no model is loaded');
  return network.infer(batch);
}

/** The native memory belongs to the process: it would outlive this thread. */
export function free(): void {
  network?.free();
  network = undefined;
}
