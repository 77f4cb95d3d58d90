import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings } from './support/axe.js';
import { hasChromium } from './support/browser.js';
import { writeSlide } from './support/crops.js';
import { picture, Workbench } from './support/workbench.js';

interface Answer {
  results: { class: string; probability: number }[];
}

describe.runIf(hasChromium)('two versions of the registry', () => {
  let bench: Workbench;
  let crops: string[];
  beforeAll(async () => {
    bench = await Workbench.start({ HEMOSERVE_MODELS: 'default,vgg16@1.0.0' });
    crops = await writeSlide(join(bench.folder, 'crops'), 12);
    // Other colours, on which two networks hardly agree.
    for (const [index, crop] of crops.slice(0, 8).entries()) {
      const path = join(bench.folder, 'crops', `other-colour-${index}-of-a-stain-with-a-long-name.png`);
      await sharp(crop)
        .modulate({ hue: 90 + 45 * (index % 4) })
        .png()
        .toFile(path);
      crops.push(path);
    }
  });
  afterAll(() => bench?.dispose());
  afterEach(async () => expect(await bench.faults()).toEqual([]));

  /** What a version says of the crops, over HTTP. */
  async function answers(model: string): Promise<Answer['results']> {
    const form = new FormData();
    const { readFileSync } = await import('node:fs');
    for (const crop of crops) form.append('image', new Blob([readFileSync(crop)]), crop.split('/').at(-1));
    const response = await fetch(`${bench.url}/v1/classify?model=${model}`, { method: 'POST', body: form });
    return ((await response.json()) as Answer).results;
  }

  it('say what they see of the same crops, side by side; those on which they differ come first', async () => {
    const { page } = await bench.open('/#/models');
    const versions = page.locator('select[aria-label^="Version"]');
    await versions.first().waitFor();
    expect(await versions.first().locator('option').allTextContents()).toEqual(
      expect.arrayContaining(['inceptionv3 2.0.0', 'vgg16 1.0.0']),
    );
    await versions.nth(0).selectOption({ label: 'inceptionv3 2.0.0' });
    await versions.nth(1).selectOption({ label: 'vgg16 1.0.0' });
    await page.setInputFiles('[data-input=files]', crops);
    const rows = page.locator('table.trial tbody tr');
    await expect.poll(() => rows.count()).toBe(crops.length);
    expect(await page.locator('table.trial thead th').allTextContents()).toEqual([
      'Crop',
      'inceptionv3 2.0.0',
      'vgg16 1.0.0',
    ]);
    const [ours, theirs] = [await answers('inceptionv3'), await answers('vgg16')];
    const differ = ours.filter((answer, index) => answer.class !== theirs[index]?.class).length;
    expect(differ).toBeGreaterThan(0);
    const marked = await rows.evaluateAll((all) =>
      all.map((row) => row.querySelector('.warn-text') !== null),
    );
    expect(marked).toEqual(crops.map((_, index) => index < differ));
    // Each figure is that of the version above it.
    const shown = await rows.evaluateAll((all) =>
      all.map((row) => [...row.children].map((cell) => cell.textContent ?? '')),
    );
    for (const [index, crop] of crops.entries()) {
      const [, first = '', second = ''] =
        shown.find(([name]) => name?.includes(crop.split('/').at(-1) ?? '')) ?? [];
      for (const [text, answer] of [
        [first, ours[index]],
        [second, theirs[index]],
      ] as const)
        expect(text).toContain(`${((answer?.probability ?? 0) * 100).toFixed(1)}\u00a0%`);
    }
    expect(await axeFindings(page)).toEqual([]);
    await page.locator('table.trial').scrollIntoViewIfNeeded();
    await picture(page, 'trial');
    await page.setViewportSize({ width: 820, height: 1180 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await picture(page, 'trial-tablet');
  });
});
