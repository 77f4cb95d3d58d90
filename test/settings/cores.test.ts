import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { availableCores } from '../../src/settings/cores.js';

const root = mkdtempSync(join(tmpdir(), 'hemoserve-cgroup-'));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const cores = availableParallelism();
const V2 = 'sys/fs/cgroup/cpu.max';
const QUOTA = 'sys/fs/cgroup/cpu/cpu.cfs_quota_us';
const PERIOD = 'sys/fs/cgroup/cpu/cpu.cfs_period_us';

describe('the cores of a container', () => {
  it.each([
    ['no cgroup', {}, cores],
    ['no limit', { [V2]: 'max 100000\n' }, cores],
    ['half a core', { [V2]: '50000 100000\n' }, 1],
    ['a core and a half', { [V2]: '150000 100000\n' }, Math.min(2, cores)],
    ['more than the machine has', { [V2]: `${(cores + 7) * 100_000} 100000\n` }, cores],
    ['no limit, version 1', { [QUOTA]: '-1\n', [PERIOD]: '100000\n' }, cores],
    ['a core, version 1', { [QUOTA]: '100000\n', [PERIOD]: '100000\n' }, 1],
  ])('with %s', (_name, files: Record<string, string>, expected) => {
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), content);
    }
    expect(availableCores(root)).toBe(expected);
  });
});
