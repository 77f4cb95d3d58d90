import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './support/fixtures.js';

/** Runs npm with the repository's .npmrc only: without the user's, the machine's, and what `npm test` hands down. */
function npm(...args: string[]) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    npm_config_userconfig: join(root, 'no-user-npmrc'),
    npm_config_globalconfig: join(root, 'no-global-npmrc'),
    npm_config_update_notifier: 'false',
  };
  return spawnSync('npm', args, { cwd: root, env, encoding: 'utf8' });
}

it('warns of nothing in .npmrc', () => {
  const { status, stdout, stderr } = npm('run');
  expect(stderr).not.toMatch(/^npm warn/im);
  expect(status).toBe(0);
  expect(stdout).toContain('typecheck');
});

it('runs no install script of a dependency', () => {
  expect(npm('config', 'get', 'ignore-scripts').stdout.trim()).toBe('true');
});

it('has no script that npm would skip because of that', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const names = Object.keys(scripts);
  const skipped = [...names, 'install'].flatMap((name) => [`pre${name}`, `post${name}`]);
  expect(names.filter((name) => [...skipped, 'install', 'prepare'].includes(name))).toEqual([]);
});
