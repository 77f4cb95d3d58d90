import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { KeyRing, newKey, sha256 } from '../../src/auth/keys.js';
import { addKey, readKeys } from '../../src/auth/keys-file.js';
import { root } from '../support/fixtures.js';
import { TIMED } from '../support/timed.js';

const folder = mkdtempSync(join(tmpdir(), 'hemoserve-keys-'));
const file = join(folder, 'keys.json');
beforeEach(() => rmSync(file, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

function keys(...args: string[]) {
  const command = ['--import', './scripts/typescript.mjs', 'src/keys.ts', ...args];
  const env = { PATH: process.env.PATH, HEMOSERVE_KEYS_FILE: file };
  return spawnSync(process.execPath, command, { cwd: root, env, encoding: 'utf8' });
}

describe('npm run keys', () => {
  it('prints a key once and keeps its hash, in a file of its owner alone', async () => {
    const { stdout, stderr, status } = keys('add', 'DM96', '--scopes', 'classify,read', '--days', '30');
    expect([status, stderr]).toEqual([0, expect.stringContaining('shown only once')]);
    const key = stdout.trim();
    expect(key).toMatch(/^hemoserve\.DM96\.[\w-]{43}$/);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain(key.split('.')[2]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const [entry] = await readKeys(file);
    expect(entry).toMatchObject({
      name: 'DM96',
      scopes: ['classify', 'read'],
      sha256: sha256(key).toString('hex'),
    });
    const days = (Date.parse(entry?.expiresAt ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThanOrEqual(30);
    expect(keys('list').stdout).toMatch(/^DM96\tclassify,read\tmade .+\texpires .+\n$/);
    expect(keys('add', 'other', '--scopes', 'admin').status).toBe(0);
    expect(keys('remove', 'DM96').status).toBe(0);
    expect((await readKeys(file)).map(({ name }) => name)).toEqual(['other']);
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  it('says what is wrong, and changes nothing', async () => {
    await addKey(file, { name: 'a', scopes: ['read'] });
    const before = readFileSync(file, 'utf8');
    for (const [args, message] of [
      [['add', 'a', '--scopes', 'read'], 'two keys have the same name'],
      [['add', 'b'], '--scopes: expected some of classify,read,verify,metrics,admin'],
      [['add', 'b', '--scopes', 'all'], 'Invalid option'],
      [['add', 'b/../c', '--scopes', 'read'], 'expected letters, digits or -'],
      [['add', 'b', '--scopes', 'read', '--days', 'x'], '--days: expected a number'],
      [['remove', 'b'], 'it has no key b'],
      [['make', 'b'], 'usage: npm run keys'],
      [['--what'], 'usage: npm run keys'],
    ] as const) {
      const { status, stderr } = keys(...args);
      expect([status, stderr], args.join(' ')).toEqual([1, expect.stringContaining(message)]);
    }
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

describe('a ring of keys', () => {
  const key = newKey('a');
  const entry = { name: 'a', scopes: ['read' as const], sha256: sha256(key).toString('hex'), createdAt: '' };
  const find = (ring: KeyRing, token: string) => ring.find(token, sha256(token))?.name;

  it('knows a key, and nothing that is near it', () => {
    const ring = new KeyRing([entry]);
    expect(find(ring, key)).toBe('a');
    for (const other of [`${key}x`, key.slice(0, -1), newKey('a'), newKey('b'), entry.sha256, '', 'a']) {
      expect(find(ring, other), other).toBeUndefined();
    }
  });

  it('does not know a key that has expired', () => {
    const at = (ms: number) => ({ ...entry, expiresAt: new Date(Date.now() + ms).toISOString() });
    expect(find(new KeyRing([at(60_000)]), key)).toBe('a');
    expect(find(new KeyRing([at(-1)]), key)).toBeUndefined();
  });

  it('costs microseconds', TIMED, () => {
    const ring = new KeyRing([
      entry,
      ...Array.from({ length: 1000 }, (_, i) => ({ ...entry, name: `k${i}` })),
    ]);
    const start = performance.now();
    for (let i = 0; i < 20_000; i++) find(ring, key);
    expect((performance.now() - start) / 20_000).toBeLessThan(0.1);
  });
});

describe('a file of keys', () => {
  it.each([
    ['no JSON', 'Unexpected'],
    ['{"keys": [{"name": "a"}]}', 'scopes'],
    ['{"keys": [], "more": 1}', 'more'],
  ])('that is wrong is refused with a reason: %s', async (content, reason) => {
    writeFileSync(file, content);
    await expect(readKeys(file)).rejects.toThrow(new RegExp(`keys\\.json: [^]*${reason}`));
    await expect(addKey(file, { name: 'b', scopes: ['read'] })).rejects.toThrow(reason);
    expect(readFileSync(file, 'utf8')).toBe(content);
  });
});
