import {
  chmod,
  chown,
  lchown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { makePrivateFolder, writeWhole } from '../../src/engines/private-folder.js';

/** Only root can make files of another user. */
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

describe('makePrivateFolder', () => {
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'hemoserve-private-'));
  });

  it('makes a folder of its own, and takes it again', async () => {
    const folder = join(parent, 'a/b');
    await makePrivateFolder(folder);
    await makePrivateFolder(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('refuses one that others may write into', async () => {
    await chmod(parent, 0o777);
    await expect(makePrivateFolder(parent)).rejects.toThrow(`others may write into ${parent}`);
  });

  it('refuses what is no folder', async () => {
    await writeFile(join(parent, 'file'), '');
    await expect(makePrivateFolder(join(parent, 'file'))).rejects.toThrow('EEXIST');
  });

  it.runIf(isRoot)('refuses one that another user made first (skipped unless root)', async () => {
    const folder = join(parent, 'made');
    await mkdir(folder, { mode: 0o700 });
    await chown(folder, NOBODY, NOBODY);
    await expect(makePrivateFolder(folder)).rejects.toThrow(`another user made ${folder}`);
  });

  it.runIf(isRoot)(
    'refuses a link of another user, but not one of its own (skipped unless root)',
    async () => {
      const [own, link] = [join(parent, 'own'), join(parent, 'link')];
      await mkdir(own, { mode: 0o700 });
      await symlink(own, link);
      await makePrivateFolder(link);
      await lchown(link, NOBODY, NOBODY);
      await expect(makePrivateFolder(link)).rejects.toThrow(`another user made ${link}`);
    },
  );
});

describe('writeWhole', () => {
  it('puts a file in its place, or leaves the old one and nothing else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hemoserve-whole-'));
    const file = join(folder, 'file');
    await writeWhole(file, (temporary) => writeFile(temporary, 'first'));
    const failing = writeWhole(file, async (temporary) => {
      await writeFile(temporary, 'half');
      throw new Error('no space left on device');
    });
    await expect(failing).rejects.toThrow('no space left on device');
    expect(await readdir(folder)).toEqual(['file']);
    expect(await readFile(file, 'utf8')).toBe('first');
  });
});
