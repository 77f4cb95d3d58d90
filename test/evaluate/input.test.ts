import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../src/errors/problem.js';
import { parseArguments } from '../../src/evaluate/arguments.js';
import { classifyFiles } from '../../src/evaluate/classify-files.js';
import { type LabelledFile, listDataSet, thin } from '../../src/evaluate/data-set.js';
import { LabelledFolder } from '../support/crops.js';
import { CLASSES, readFixture } from '../support/fixtures.js';

describe('arguments', () => {
  it('are read', () => {
    const line = '--data d --split s.csv --part test --model m@1.0.0 --models-dir r --out o --limit 10';
    expect(parseArguments(line.split(' '))).toEqual({
      data: 'd',
      split: { file: 's.csv', part: 'test' },
      model: 'm@1.0.0',
      modelsDir: 'r',
      out: 'o',
      limit: 10,
    });
    expect(parseArguments(['--data', 'd'])).toMatchObject({
      split: undefined,
      limit: undefined,
      out: 'evaluation',
    });
    expect(parseArguments(['--help', '--data', 'd'])).toBe('help');
  });

  it.each([
    ['', '--data is missing'],
    ['--data=', '--data is empty'],
    ['--data', '--data'],
    ['--data d --spilt s.csv', '--spilt'],
    ['--data d more', 'more'],
    ['--data d --split s.csv', '--split needs --part'],
    ['--data d --part test', '--part needs --split'],
    ['--data d --limit 0', '--limit 0 is no positive integer'],
    ['--data d --limit many', '--limit many is no positive integer'],
  ])('"%s" are refused', (line, message) => {
    expect(() => parseArguments(line.split(' ').filter(Boolean))).toThrow(message);
  });
});

let crops: LabelledFolder;
beforeEach(() => {
  crops = new LabelledFolder();
});
afterEach(() => crops.dispose());

const sha256 = createHash('sha256').update(readFixture('cells/ig.jpg')).digest('hex');

/** What training's audit says too (test_faults.py). */
const FAULTS = {
  'ig/._x.jpg': 'a hidden file',
  'ig/folder.jpg': 'a folder',
  'ig/line\\x0abreak.jpg': 'a control character in its name',
  'ig/link.jpg': 'a broken link',
  'ig/pipe.jpg': 'not a regular file',
  'ig/\\xff.jpg': 'its name is not UTF-8',
};

/** Puts one of each of FAULTS into a class folder. */
function spoil(folder: string): void {
  writeFileSync(`${folder}/._x.jpg`, Buffer.from([0, 5, 22, 7]));
  mkdirSync(`${folder}/folder.jpg`);
  writeFileSync(`${folder}/line\nbreak.jpg`, readFixture('cells/ig.jpg'));
  symlinkSync('nowhere', `${folder}/link.jpg`);
  execFileSync('mkfifo', [`${folder}/pipe.jpg`]);
  writeFileSync(
    Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff]), Buffer.from('.jpg')]),
    readFixture('cells/ig.jpg'),
  );
}

/** Writes a split beside the class folders. */
function split(rows: string): string {
  return crops.write('split.csv', `path,part,sha256\n${rows}`);
}

describe('a data set', () => {
  it('has every image of the class folders; the rest is named', async () => {
    crops.link('formats/rgb24.bmp', 'ig/one.BMP');
    crops.link('formats/rgb.tif', 'ig/two.tif');
    crops.link('formats/rgb.png', 'basophil/three.png');
    crops.write('ig/notes.txt', 'notes');
    crops.write('README.md', 'about');
    const { files, leftOut } = await listDataSet(crops.folder, CLASSES);
    expect(files.map(({ path }) => path)).toEqual([
      'basophil/cell.jpg',
      'basophil/three.png',
      ...['eosinophil/cell.jpg', 'erythroblast/cell.jpg'],
      ...['ig/cell.jpg', 'ig/one.BMP', 'ig/two.tif'],
      ...CLASSES.slice(4).map((name) => `${name}/cell.jpg`),
    ]);
    expect(files.map(({ truth }) => truth)).toEqual([0, 0, 1, 2, 3, 3, 3, 4, 5, 6, 7]);
    expect(leftOut).toEqual([{ path: 'ig/notes.txt', reason: 'no image by its name' }]);
  });

  it('names what nobody can use, with the reason, and goes on', async () => {
    spoil(`${crops.folder}/ig`);
    symlinkSync('nowhere', `${crops.folder}/link`);
    const { files, leftOut } = await listDataSet(crops.folder, CLASSES);
    expect(files.map(({ path }) => path)).toEqual(CLASSES.map((name) => `${name}/cell.jpg`));
    expect(Object.fromEntries(leftOut.map(({ path, reason }) => [path, reason]))).toEqual(FAULTS);
    // In a split they are an error, since its figures would be of other crops.
    for (const [path, reason] of Object.entries(FAULTS).filter(([path]) => !path.includes('/.'))) {
      const file = split(`${path},test,${sha256}\n`);
      const asked = listDataSet(crops.folder, CLASSES, { file, part: 'test' });
      await expect(asked).rejects.toThrow(`${path} of ${file}: ${reason}`);
    }
  });

  it('of a split has the files of one part, in its order', async () => {
    crops.link('cells/ig.jpg', 'ig/a, "b".jpg');
    const file = split(
      `platelet/cell.jpg,test,${sha256}\nig/cell.jpg,train,${sha256}\n"ig/a, ""b"".jpg",test,${sha256}\n`,
    );
    const { files } = await listDataSet(crops.folder, CLASSES, { file, part: 'test' });
    expect(files).toEqual([
      { path: 'platelet/cell.jpg', truth: 7, sha256 },
      { path: 'ig/a, "b".jpg', truth: 3, sha256 },
    ]);
  });

  it.each([
    [
      'a file is missing',
      `ig/other.jpg,test,${sha256}\n`,
      /ig\/other\.jpg of .* is not in the class folders/,
    ],
    ['the part is unknown', `ig/cell.jpg,train,${sha256}\n`, /--part test is not in .*; it has train/],
    ['a row is wrong', `ig/cell.jpg,test,${sha256}\nig/cell.jpg,test\n`, /line 3: not path,part,sha256/],
  ])('of a split is refused when %s', async (_when, rows, message) => {
    const asked = listDataSet(crops.folder, CLASSES, { file: split(rows), part: 'test' });
    await expect(asked).rejects.toThrow(message);
  });

  it('is refused with a folder that is no class, without images, or when it is not there', async () => {
    await expect(listDataSet(`${crops.folder}/ig`, CLASSES)).rejects.toThrow('has no images in basophil');
    await expect(listDataSet(`${crops.folder}/none`, CLASSES)).rejects.toThrow('no such file or directory');
    crops.link('cells/ig.jpg', 'basophils/cell.jpg');
    await expect(listDataSet(crops.folder, CLASSES)).rejects.toThrow(
      /basophils in .* is none of the classes: basophil, eosinophil/,
    );
  });

  it('is thinned evenly', () => {
    const files = Array.from({ length: 10 }, (_, index): LabelledFile => ({ path: String(index), truth: 0 }));
    expect(thin(files, 4).map(({ path }) => path)).toEqual(['0', '2', '5', '7']);
    expect(thin(files)).toEqual(files);
    expect(thin(files, 11)).toEqual(files);
  });
});

describe('files in work', () => {
  const files = CLASSES.map((name, truth) => ({ path: `${name}/cell.jpg`, truth }));
  const options = { concurrency: 3, maxFileBytes: 1e6 };
  const judge = () => undefined;
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it('are bounded, and their outcomes in order whatever finishes first', async () => {
    let running = 0;
    let most = 0;
    let calls = 0;
    const result = async () => {
      running += 1;
      most = Math.max(most, running);
      const call = calls++;
      await sleep(call % 2 === 0 ? 20 : 2);
      running -= 1;
      if (call === 4) throw new ServiceError('corrupt_image', 'broken');
      return { probabilities: Float64Array.of(0.2, 0.8) };
    };
    const progress: number[] = [];
    const outcomes = await classifyFiles(
      { result, judge },
      { folder: crops.folder, files },
      { ...options, onProgress: (done) => progress.push(done) },
    );
    expect(most).toBe(3);
    expect(outcomes.map(({ truth }) => truth)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(outcomes.filter((outcome) => 'error' in outcome)).toHaveLength(1);
    expect(outcomes[0]).toMatchObject({ predicted: 1, confidence: 0.8 });
    expect(progress).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('that are larger than the service takes give its error', async () => {
    const result = async () => ({ probabilities: Float64Array.of(1, 0) });
    const limits = { ...options, maxFileBytes: 100 };
    const [outcome] = await classifyFiles({ result, judge }, { folder: crops.folder, files }, limits);
    expect(outcome).toMatchObject({ error: { code: 'file_too_large' } });
  });

  it('stop after a fault, which is thrown', async () => {
    let calls = 0;
    const result = async () => {
      calls += 1;
      await sleep(5);
      throw new Error('the engine is gone');
    };
    const running = classifyFiles({ result, judge }, { folder: crops.folder, files }, options);
    await expect(running).rejects.toThrow('the engine is gone');
    expect(calls).toBe(3);
  });

  it('that are gone when their turn comes are named', async () => {
    const result = async () => ({ probabilities: Float64Array.of(1, 0) });
    const gone = [{ path: 'basophil/gone.jpg', truth: 0 }];
    await expect(
      classifyFiles({ result, judge }, { folder: crops.folder, files: gone }, options),
    ).rejects.toThrow(/^basophil\/gone\.jpg: ENOENT/);
  });

  it('that are not those of the split are refused', async () => {
    const result = async () => ({ probabilities: Float64Array.of(1, 0) });
    const other = [{ path: 'basophil/cell.jpg', truth: 0, sha256 }];
    await expect(
      classifyFiles({ result, judge }, { folder: crops.folder, files: other }, options),
    ).rejects.toThrow(/basophil\/cell\.jpg: SHA-256 is [0-9a-f]{64}, the split says/);
  });
});
