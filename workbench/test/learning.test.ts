import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings } from './support/axe.js';
import { hasChromium } from './support/browser.js';
import { picture, Workbench } from './support/workbench.js';

/** What `npm run adapt -- --model inceptionv3@2.0.0 --name ourlab --depth head` wrote, of six crops a class. */
const REPORT = 'workbench/test/fixtures/adaptation.json';

interface Report {
  from: string;
  laboratory: string;
  blocks: number;
  crops: Record<string, number>;
  before: { accuracy: object };
  home: { n: number; before: object; after: object };
  learningCurve: { crops: number; accuracy: { value: number; lower95: number; upper95: number } }[];
}

/** A registry with a version that has that report; its network is the published one, as nobody asks it here. */
function registryWith(report: Report): string {
  const folder = mkdtempSync(join(tmpdir(), 'hemoserve-learning-'));
  for (const name of ['default.json', 'inceptionv3'])
    cpSync(join('models', name), join(folder, name), { recursive: true });
  const version = join(folder, 'inceptionv3-ourlab', '1.0.0');
  cpSync(join('models', 'inceptionv3', '2.0.0'), version, { recursive: true });
  const content = readFileSync(REPORT);
  writeFileSync(join(version, 'adaptation.json'), content);
  const manifest = JSON.parse(readFileSync(join(version, 'manifest.json'), 'utf8'));
  const { from, laboratory, blocks, crops, before, home } = report;
  Object.assign(manifest, { name: 'inceptionv3-ourlab', version: '1.0.0' });
  const { n, before: homeBefore, after: homeAfter } = home;
  manifest.adaptation = {
    ...{ from, laboratory, crops, blocks, before: before.accuracy, report: 'adaptation.json' },
    home: { n, before: homeBefore, after: homeAfter },
  };
  manifest.files['adaptation.json'] = {
    sha256: createHash('sha256').update(content).digest('hex'),
    sizeBytes: content.length,
  };
  writeFileSync(join(version, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}

describe.runIf(hasChromium)('the learning page', () => {
  const report = JSON.parse(readFileSync(REPORT, 'utf8')) as Report;
  let bench: Workbench;
  let models: string;
  beforeAll(async () => {
    models = registryWith(report);
    bench = await Workbench.start({ HEMOSERVE_MODELS_DIR: models });
  });
  afterAll(async () => {
    await bench?.dispose();
    rmSync(models, { recursive: true });
  });
  afterEach(async () => expect(await bench.faults()).toEqual([]));

  it('draws the learning curve of an adapted version, with its limits', async () => {
    const { page } = await bench.open('/#/learning', { viewport: { width: 820, height: 1180 } });
    const card = page.locator('.card', { has: page.locator('h2', { hasText: 'inceptionv3-ourlab 1.0.0' }) });
    await card.waitFor();
    expect(await card.locator('p').first().textContent()).toMatch(/ourlab.*95\.8.*93\.8/);
    const points = card.locator('circle.point');
    expect(await points.count()).toBe(report.learningCurve.length);
    const places = await points.evaluateAll((all) =>
      all.map((point) => [Number(point.getAttribute('cx')), Number(point.getAttribute('cy'))]),
    );
    const [first = [0, 0], second = [0, 0], third = [0, 0]] = places;
    // Twice as many crops lie twice as far to the right, from the axis on.
    const [from, to] = report.learningCurve.map(({ crops }) => crops);
    expect((to ?? 0) / (from ?? 1)).toBe(2);
    expect((third[0] ?? 0) - (second[0] ?? 0)).toBeCloseTo(2 * ((second[0] ?? 0) - (first[0] ?? 0)), 1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    expect(await axeFindings(page)).toEqual([]);
    await card.scrollIntoViewIfNeeded();
    await picture(page, 'learning-curve-tablet');
  });
});
