import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CompiledFiles } from '../../../src/engines/openvino/compiled-files.js';

const NETWORK = { modelSha256: 'a', batchSize: 4 };
const CONTENT = Buffer.from('a compiled network');

describe('compiled networks in files', () => {
  let cacheDir: string;
  let folder: string;
  let warnings: string[];
  let files: CompiledFiles;

  const open = (path: string) =>
    CompiledFiles.open(path, {
      info: () => {},
      warn: (_error: unknown, message?: string) => {
        warnings.push(message ?? '');
      },
    });
  const write = () => files.write(NETWORK, (path) => writeFile(path, CONTENT));
  const onlyFile = () => join(folder, readdirSync(folder)[0] ?? '');

  beforeEach(async () => {
    cacheDir = mkdtempSync(join(tmpdir(), 'hemoserve-files-'));
    folder = join(cacheDir, 'openvino');
    warnings = [];
    files = (await open(cacheDir)) as CompiledFiles;
  });
  afterEach(() => rmSync(cacheDir, { recursive: true }));

  it('give what was written, and only for the same network', async () => {
    expect(await files.read(NETWORK)).toBeUndefined();
    await write();
    expect(await files.read({ ...NETWORK })).toEqual(CONTENT);
    expect(await files.read({ ...NETWORK, batchSize: 1 })).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('give nothing where a byte differs or is missing', async () => {
    await write();
    const whole = readFileSync(onlyFile());
    for (let index = 0; index < whole.length; index++) {
      const damaged = Buffer.from(whole);
      damaged[index] = (damaged[index] ?? 0) ^ 1;
      writeFileSync(onlyFile(), damaged);
      expect(await files.read(NETWORK)).toBeUndefined();
    }
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(onlyFile(), whole);
      truncateSync(onlyFile(), length);
      expect(await files.read(NETWORK)).toBeUndefined();
    }
    await write();
    expect(await files.read(NETWORK)).toEqual(CONTENT);
  });

  it('leave nothing behind, and warn, where one cannot be written', async () => {
    await files.write(NETWORK, async (path) => {
      await writeFile(path, CONTENT.subarray(1));
      throw new Error('no space left on device');
    });
    expect(readdirSync(folder)).toEqual([]);
    expect(warnings).toEqual(['a compiled network is not kept']);
  });

  it('leave nothing behind where one cannot be put in its place', async () => {
    await write();
    const file = onlyFile();
    rmSync(file);
    mkdirSync(join(file, 'in the way'), { recursive: true });
    await write();
    expect(readdirSync(folder)).toEqual([basename(file)]);
    expect(warnings).toEqual(['a compiled network is not kept']);
  });

  it('warn where their folder cannot be made', async () => {
    await write();
    expect(await open(join(onlyFile(), 'below'))).toBeUndefined();
    expect(warnings).toEqual(['compiled networks are not kept']);
  });

  it('are not used where others may write into the folder above', async () => {
    await write();
    chmodSync(cacheDir, 0o777);
    expect(await open(cacheDir)).toBeUndefined();
    expect(warnings).toEqual(['compiled networks are not kept']);
  });
});
