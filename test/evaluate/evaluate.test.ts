import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evaluation } from '../../src/evaluate/evaluation.js';
import { LabelledFolder, parseCsv } from '../support/crops.js';
import { CLASSES, cells, root } from '../support/fixtures.js';
import { startService } from '../support/service.js';

const BROKEN = 'ig/broken, "<i>".jpg';
const LEFT_OUT = { path: 'ig/._cell.jpg', reason: 'a hidden file' };
const COUNT = CLASSES.length + 4;

/** The process as `npm run evaluate` runs it. */
async function evaluate(...argv: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  const script = ['--import', './scripts/typescript.mjs', 'src/evaluate/main.ts'];
  const run = promisify(execFile)(process.execPath, [...script, ...argv], {
    cwd: root,
    env: { PATH: process.env.PATH, HEMOSERVE_ENGINE: 'onnxruntime', HEMOSERVE_PRECISION: 'float32' },
  });
  return run.then(
    (done) => ({ ...done, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => error,
  );
}

let crops: LabelledFolder;
beforeAll(() => {
  crops = new LabelledFolder();
  crops.link('formats/rgb24.bmp', 'neutrophil/rgb24.bmp');
  crops.link('formats/rgb.tif', 'neutrophil/rgb.tif');
  crops.copy('formats/rgb.png', 'basophil/rgb.png');
  crops.copy('formats/truncated.jpg', BROKEN);
  crops.write('ig/._cell.jpg', 'attributes');
});
afterAll(() => crops.dispose());

describe('npm run evaluate', () => {
  let out: string;
  let stdout: string;
  let stderr: string;
  let evaluation: Evaluation;
  let rows: Record<string, string>[];
  let page: string;

  beforeAll(async () => {
    out = join(crops.folder, '.evaluation');
    const done = await evaluate('--data', crops.folder, '--out', out);
    ({ stdout, stderr } = done);
    expect(done, stderr).toMatchObject({ code: 0 });
    evaluation = JSON.parse(readFileSync(join(out, 'evaluation.json'), 'utf8')) as Evaluation;
    rows = parseCsv(readFileSync(join(out, 'predictions.csv'), 'utf8'));
    page = readFileSync(join(out, 'evaluation.html'), 'utf8');
  });

  it('writes a prediction for each file, and an error for the corrupt one', () => {
    expect(rows).toHaveLength(COUNT);
    expect(Object.keys(rows[0] ?? {})).toEqual([
      'path',
      'label',
      'predicted',
      ...CLASSES,
      'error',
      'decision',
      'reasons',
      'novelty',
    ]);
    for (const row of rows) {
      const probabilities = CLASSES.map((name) => Number(row[name]));
      expect(row.label).toBe(row.path?.split('/')[0]);
      if (row.path === BROKEN) {
        expect(row).toMatchObject({ predicted: '', platelet: '', error: 'corrupt_image' });
      } else {
        expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
        expect(row.predicted).toBe(CLASSES[probabilities.indexOf(Math.max(...probabilities))]);
        expect(row.error).toBe('');
      }
    }
  });

  it('says what the service answers', async () => {
    const service = await startService();
    try {
      const { results } = (await (await service.classify(cells())).json()) as {
        results: { probabilities: Record<string, number> }[];
      };
      CLASSES.forEach((label, index) => {
        const row = rows.find(({ path }) => path === `${label}/cell.jpg`);
        for (const name of CLASSES) {
          expect(Number(row?.[name])).toBeCloseTo(results[index]?.probabilities[name] ?? Number.NaN, 5);
        }
      });
    } finally {
      await service.close();
    }
  });

  it('sums them up', () => {
    const right = rows.filter(({ label, predicted }) => label === predicted).length;
    expect(evaluation).toMatchObject({
      model: { name: 'inceptionv3', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
      classes: CLASSES,
      data: { name: basename(crops.folder), split: null, part: null, limit: null, leftOut: [LEFT_OUT] },
      engine: { name: 'onnxruntime', device: 'cpu' },
      n: COUNT,
      accuracy: { value: right / COUNT },
      failures: [{ path: BROKEN, label: 'ig', code: 'corrupt_image', detail: expect.any(String) }],
    });
    expect(evaluation.cropsPerS).toBeCloseTo(COUNT / evaluation.durationS, 6);
    expect(evaluation.perClass.map(({ support }) => support)).toEqual([2, 1, 1, 2, 1, 1, 3, 1]);
    const { counts, notClassified } = evaluation.confusionMatrix;
    expect(notClassified).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
    counts.forEach((row, label) => {
      row.forEach((count, predicted) => {
        const same = rows.filter(
          (row) => row.label === CLASSES[label] && row.predicted === CLASSES[predicted],
        );
        expect(count).toBe(same.length);
      });
    });
    expect(evaluation.reliability.reduce((total, { count }) => total + count, 0)).toBe(COUNT - 1);
    expect(evaluation.mistakes).toHaveLength(COUNT - 1 - right);
    expect(evaluation.perClass.every(({ roc }) => roc && roc.auc >= 0 && roc.auc <= 1)).toBe(true);
  });

  it('draws a page that fetches nothing', () => {
    expect(page).toMatch(/^<!doctype html>/);
    const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    expect(policy?.replaceAll('&#39;', "'")).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    );
    const sources = [...page.matchAll(/\s(?:src|href|srcset|action|data)="([^"]*)"/g)].map(([, url]) => url);
    expect(sources).toHaveLength(evaluation.mistakes.length);
    for (const url of sources) expect(url).toMatch(/^data:image\/jpeg;base64,[A-Za-z0-9+/]+=*$/);
    expect(page).not.toMatch(/<script|<link|<iframe|@import|url\(|https?:/i);
    // One small ROC a class, and the reliability diagram.
    expect(page.match(/role="img"/g)).toHaveLength(CLASSES.length + 1);
    expect(page.match(/<polyline/g)?.length).toBeGreaterThanOrEqual(CLASSES.length);
    for (const name of CLASSES) expect(page).toContain(`<th scope="row">${name}</th>`);
    expect(page).not.toMatch(/undefined|NaN|\[object/);
  });

  it('escapes file names on the page', () => {
    expect(page).toContain('ig/broken, &#34;&#60;i&#62;&#34;.jpg');
    expect(page).not.toContain('<i>');
  });

  it('prints the table to stdout and the progress to stderr', () => {
    expect(stdout).toMatch(new RegExp(`^inceptionv3@\\S+ on ${basename(crops.folder)}: ${COUNT} crops\n`));
    expect(stdout).toMatch(/^accuracy \d+\.\d\d \(\d+\.\d\d–\d+\.\d\d\) %, macro F1 /m);
    expect(stdout).toContain(`  ${BROKEN}: corrupt_image`);
    expect(stdout).toContain('1 files were left out:\n  ig/._cell.jpg: a hidden file\n');
    for (const name of CLASSES) expect(stdout).toMatch(new RegExp(`^${name} +\\d`, 'm'));
    expect(stderr).toMatch(new RegExp(`^${COUNT}/${COUNT} crops, [\\d.]+ crops/s, 0 s left$`, 'm'));
  });
});

describe('npm run evaluate says what is wrong, and exits with 1, when', () => {
  it.each([
    ['an option is missing', [], '--data is missing: the folder with one folder per class\n'],
    ['the data are not there', ['--data', '/nowhere'], '--data /nowhere: ENOENT'],
    [
      'the model is not there',
      ['--data', '.', '--model', 'vgg16@9.0.0'],
      'model vgg16@9.0.0 refused: not in',
    ],
    ['a setting is wrong', ['--data', '.', '--models-dir', '/nowhere'], '/nowhere'],
  ])('%s', async (_when, argv, message) => {
    const { code, stdout, stderr } = await evaluate(...argv);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
  });

  it('the engine cannot run the precision (whether it has a recorded loss does not matter here)', async () => {
    const out = join(crops.folder, '.none');
    const { code, stderr } = await evaluate('--data', crops.folder, '--out', out, '--precision', 'bfloat16');
    expect(code).toBe(1);
    expect(stderr).toContain('HEMOSERVE_PRECISION is bfloat16, but onnxruntime cannot run it');
  });

  it('(and its help exits with 0)', async () => {
    const { code, stdout } = await evaluate('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--data DIR');
  });
});
