import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { cores } from './machine.js';
import type { Model } from './model.js';
import { root } from './paths.js';

/** Where and when figures were measured, and of which code, model and crops. */
export interface Origin {
  /** As 2026-11-26. */
  date: string;
  commit: string;
  /** Name and version. */
  model: string;
  crops: string;
  machine: { processor: string; cores: number; memoryGiB: number; node: string };
}

/** @param crops where they come from, in words. */
export function originOf({ manifest }: Model, crops: string): Origin {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    model: `${manifest.name} ${manifest.version}`,
    crops,
    machine: {
      processor: cpus()[0]?.model ?? '',
      cores,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.versions.node,
    },
  };
}

/** Published results and documents don't count as changes: one command's figures would make the next one's "dirty". */
function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const changes = git('status', '--porcelain', '--untracked-files=no', '--', ':!docs', ':!bench/published');
  return `${git('rev-parse', '--short', 'HEAD')}${changes === '' ? '' : '-dirty'}`;
}
