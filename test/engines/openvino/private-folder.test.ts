import { chmod, mkdtemp, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { makePrivateFolder } from '../../../src/engines/openvino/private-folder.js';

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
});
