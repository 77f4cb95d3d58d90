import { readdir, readFile } from 'node:fs/promises';
import { ModelRefused, type ModelVersion, modelId } from '../registry/registry.js';
import type { ServedModel } from './leases.js';

/**
 * Resident memory (RSS) of this process and, on Linux, of its child processes, in MiB.
 *
 * How much a model takes is how much this grows while it is loaded and warmed up. Requests that are answered
 * meanwhile blur it; memory on a GPU is not in it.
 */
export async function residentMiB(): Promise<number> {
  let bytes = process.memoryUsage.rss();
  for (const pid of await descendants('self')) bytes += await residentBytes(pid);
  return Math.round(bytes / 2 ** 20);
}

/** The memory of a loaded network of the same architecture and input size, which will be a model's own as well. */
export function memoryOfAlike(
  { manifest }: ModelVersion,
  loaded: readonly ServedModel[],
): number | undefined {
  const { architecture, input } = manifest;
  return loaded.find(({ model }) => {
    const other = model.manifest;
    return (
      other.architecture === architecture &&
      other.input.width === input.width &&
      other.input.height === input.height
    );
  })?.memoryMiB;
}

/** @throws {ModelRefused} if a model does not fit into the budget beside those that are loaded. */
export function checkBudget(
  { manifest }: ModelVersion,
  memoryMiB: number,
  loaded: readonly ServedModel[],
  budgetMiB: number,
): void {
  const takenMiB = loaded.reduce((sum, other) => sum + other.memoryMiB, 0);
  if (takenMiB + memoryMiB <= budgetMiB) return;
  const others = loaded.map((other) => `${modelId(other.model.manifest)} ${other.memoryMiB} MiB`);
  throw new ModelRefused(
    modelId(manifest),
    `it takes ${memoryMiB} MiB, which with ${others.join(', ') || 'nothing else loaded'} is over the ` +
      `${budgetMiB} MiB of HEMOSERVE_MODEL_MEMORY_MIB`,
  );
}

async function descendants(pid: string): Promise<string[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  const children = lists.flatMap((list) => list.split(' ').filter(Boolean));
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}

async function residentBytes(pid: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
