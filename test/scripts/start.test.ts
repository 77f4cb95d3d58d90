import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../support/fixtures.js';

/** What scripts/start.sh would run on a machine with so many cores, and with which variables. */
function start(cores: number, environment: Record<string, string>, ...args: string[]): string {
  const commands = mkdtempSync(join(tmpdir(), 'hemoserve-start-'));
  const lines = { getconf: `echo ${cores}`, node: 'echo $UV_THREADPOOL_SIZE "$@"' };
  for (const [name, line] of Object.entries(lines)) {
    writeFileSync(join(commands, name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(commands, name), 0o755);
  }
  const env = { PATH: `${commands}:${process.env.PATH}`, ...environment };
  return execFileSync(join(root, 'scripts', 'start.sh'), args, { env, encoding: 'utf8' }).trim();
}

it("gives libuv's pool a thread for each core and one more", () => {
  expect(start(2, {})).toMatch(/^4 --initial-old-space-size=64 .*scripts\/\.\.\/dist\/main\.js$/);
  expect(start(4, {})).toMatch(/^5 /);
  expect(start(64, {})).toMatch(/^65 /);
});

it('keeps what is set, and passes options to Node', () => {
  expect(start(8, { UV_THREADPOOL_SIZE: '3' }, '--cpu-prof')).toMatch(
    /^3 --initial-old-space-size=64 --cpu-prof /,
  );
});
