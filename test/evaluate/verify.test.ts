import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decisions } from '../../src/evaluate/decisions.js';
import type { Verification } from '../../src/evaluate/verify/verification.js';
import { seeded } from '../../src/statistics/seeded.js';
import { LabelledFolder, prediction } from '../support/crops.js';
import { CLASSES, root } from '../support/fixtures.js';
import { drawCrop, pngOf } from '../support/generated-crops.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { fitTrust, judgeCrop } from '../support/generated-trust.js';

const terms = { conformalLevel: 0.95, leastProbability: 0.9, falseAlarmRate: 0.02 };

describe('decisions on labelled crops', () => {
  const judged = (truth: number, predicted: number, decision: 'accepted' | 'review', set: string[]) => ({
    ...prediction(truth, predicted === 0 ? [0.9, 0.1] : [0.1, 0.9]),
    judgement: {
      decision,
      reasons: decision === 'review' ? (['low_confidence'] as const).slice() : [],
      predictionSet: set,
    },
  });

  it('are counted: accepted, wrong and accepted, covered and empty sets, class by class', () => {
    const all = [
      judged(0, 0, 'accepted', ['a']),
      judged(0, 0, 'accepted', ['a']),
      judged(0, 1, 'accepted', ['b']),
      judged(1, 1, 'review', []),
    ];
    const found = decisions(all, ['a', 'b'], terms);
    expect(found).toMatchObject({
      n: 4,
      accepted: { value: 0.75 },
      acceptedAccuracy: { value: 2 / 3 },
      wrongAndAccepted: { value: 0.25 },
      covered: { value: 0.5 },
      empty: { value: 0.25 },
      reasons: { low_confidence: 1, set_not_single: 0 },
    });
    expect(found?.perClass[1]).toMatchObject({
      name: 'b',
      n: 1,
      accepted: { value: 0 },
      acceptedAccuracy: undefined,
    });
    expect(decisions([prediction(0, [1, 0])], ['a', 'b'], terms)).toBeUndefined();
  });
});

describe('npm run verify', () => {
  let registry: GeneratedRegistry;
  let crops: LabelledFolder;
  let out: string;

  beforeAll(async () => {
    registry = new GeneratedRegistry();
    await registry.add('judged@1.0.0', { trust: fitTrust() });
    registry.setDefault('judged@1.0.0');
    crops = new LabelledFolder();
    rmSync(crops.folder, { recursive: true });
    out = mkdtempSync(join(tmpdir(), 'hemoserve-verify-'));
    const random = seeded(8);
    const counts = new Map<string, number>();
    for (let index = 0; index < 400; index++) {
      const pixels = drawCrop(random);
      const { class: label } = judgeCrop(pixels);
      counts.set(label, (counts.get(label) ?? 0) + 1);
      crops.write(`${label}/${index}.png`, await pngOf(pixels));
    }
    const [one = ''] = counts.keys();
    const other = CLASSES.find((name) => !counts.has(name)) ?? '';
    // Labelled as what it is not.
    for (let index = 0; index < 5; index++) {
      let pixels = drawCrop(random);
      while (judgeCrop(pixels).class !== one) pixels = drawCrop(random);
      crops.write(`${other}/wrong-${index}.png`, await pngOf(pixels));
    }
  });

  afterAll(() => {
    registry.dispose();
    crops.dispose();
    rmSync(out, { recursive: true });
  });

  async function verify(...argv: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
    const script = ['--import', './scripts/typescript.mjs', 'src/evaluate/verify/main.ts'];
    const options = ['--data', crops.folder, '--models-dir', registry.folder, '--out', out, ...argv];
    const env = {
      PATH: process.env.PATH,
      HEMOSERVE_ENGINE: 'onnxruntime',
      HEMOSERVE_PRECISION: 'float32',
      HEMOSERVE_LEAST_PROBABILITY: '0',
    };
    return promisify(execFile)(process.execPath, [...script, ...options], { cwd: root, env }).then(
      (done) => ({ ...done, code: 0 }),
      (error: { stdout: string; stderr: string; code: number }) => error,
    );
  }

  const limitsFile = (limits: object) => {
    const file = join(out, 'limits.json');
    writeFileSync(file, JSON.stringify(limits));
    return file;
  };
  const easy = {
    leastCropsPerClass: 1,
    leastAcceptedAccuracy: 0.9,
    mostWrongAndAccepted: 0.1,
    mostReferred: 0.5,
    leastClassAgreement: 0,
  };

  it('passes what meets the limits, and fails what does not, with the figures behind it', async () => {
    const easily = await verify('--limits', limitsFile(easy));
    const classes = JSON.parse(readFileSync(join(out, 'verification.json'), 'utf8')) as Verification;
    const without = CLASSES.filter(
      (name) => classes.evaluation.perClass.find((one) => one.name === name)?.support === 0,
    );
    // The network gives some classes to no crop: of these nothing is shown.
    expect(easily).toMatchObject({ code: without.length > 0 ? 2 : 0 });
    const failed = classes.checks
      .filter(({ result }) => result !== 'pass')
      .map(({ what }) => what.split(':')[0]);
    expect([...new Set(failed)]).toEqual(without);
    expect(easily.stdout).toContain('right among the accepted');
    const strict = await verify('--limits', limitsFile({ ...easy, mostReferred: 0 }));
    expect(strict.code).toBe(2);
    expect(strict.stdout).toMatch(/referred to a person +\S+ \S+ +at most 0\.00 +fail/);
    expect(strict.stdout).toMatch(/NOT PASSED\n/);
  });

  it('names the worst confusions, also in the page', async () => {
    const { worstConfusions, evaluation } = JSON.parse(
      readFileSync(join(out, 'verification.json'), 'utf8'),
    ) as Verification;
    expect(worstConfusions[0]?.count).toBe(5);
    expect(evaluation.decisions?.wrongAndAccepted?.value).toBeGreaterThan(0);
    expect(evaluation.riskCoverage[0]?.accuracy.value).toBeCloseTo(400 / 405, 10);
    const page = readFileSync(join(out, 'verification.html'), 'utf8');
    expect(page).toContain('Not passed');
    expect(page).toContain(worstConfusions[0]?.label);
    expect(readFileSync(join(out, 'verification.txt'), 'utf8')).toContain('NOT PASSED');
  });

  it('says what is wrong with the limits file', async () => {
    const done = await verify('--limits', limitsFile({ ...easy, mostReferred: 2 }));
    expect(done).toMatchObject({ code: 1 });
    expect(done.stderr).toContain('mostReferred');
  });
});
