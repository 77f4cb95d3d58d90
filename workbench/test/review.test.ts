import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings } from './support/axe.js';
import { hasChromium } from './support/browser.js';
import { writeSlide } from './support/crops.js';
import { isComplete, picture, sayName, sendSlide, tiles, Workbench } from './support/workbench.js';

/** A file that the page saves. */
async function saved(page: Page, format: string): Promise<Buffer> {
  await page.locator('summary', { hasText: 'Export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.click(`[data-export=${format}]`),
  ]);
  return readFileSync(await download.path());
}

describe.runIf(hasChromium)('review', () => {
  let bench: Workbench;
  let crops: string[];
  beforeAll(async () => {
    bench = await Workbench.start();
    crops = await writeSlide(join(bench.folder, 'crops'), 40);
  });
  afterAll(() => bench?.dispose());
  afterEach(async () => expect(await bench.faults()).toEqual([]));

  it('is done by keyboard alone, up to the signature, and keeps each step', async () => {
    const { page } = await bench.open();
    const id = await sendSlide(page, crops, 'S-keys');
    await isComplete(page);
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'review');
    const { keyboard } = page;
    const focusIs = (selector: string) =>
      page.evaluate((css) => document.activeElement?.matches(css), selector);
    const tabTo = async (selector: string) => {
      for (let count = 0; !(await focusIs(selector)); count += 1) {
        if (count > 60) throw new Error(`Tab does not reach ${selector}`);
        await keyboard.press('Tab');
      }
    };
    await tabTo('[data-crop]');
    await keyboard.press('9');
    await page.locator('dialog [name=name]').waitFor();
    await keyboard.type('Ada Lovelace');
    await keyboard.press('Enter');
    await expect.poll(async () => (await bench.ask(`/v1/slides/${id}/review`)).changes.length).toBe(1);
    // The larger view, its heat map, and on to the next crop.
    await tabTo('[data-crop]');
    await keyboard.press('Enter');
    await page.locator('dialog.viewer').waitFor();
    await keyboard.press('h');
    await page.locator('.lens img[src^="data:image/png"]').waitFor();
    await page.locator('.references img').first().waitFor();
    // How strong it is, by its label and by keys, which are the slider's then and not the viewer's.
    const strength = page.getByLabel('Strength of the heat map');
    const shown = page.locator('.lens img.heat');
    const title = await page.locator('dialog.viewer h2').textContent();
    const opacity = () => shown.evaluate((heat) => Number(getComputedStyle(heat).opacity));
    expect(await opacity()).toBe(1);
    await tabTo('.strength input');
    await keyboard.press('ArrowLeft');
    expect([await strength.inputValue(), await opacity()]).toEqual(['95', 0.95]);
    await keyboard.press('Home');
    expect(await opacity()).toBe(0);
    for (let step = 0; step < 14; step += 1) await keyboard.press('ArrowRight');
    expect(await opacity()).toBe(0.7);
    expect(await page.locator('dialog.viewer h2').textContent()).toBe(title);
    // Both pictures lie exactly over each other.
    const boxes = await page
      .locator('.lens img')
      .evaluateAll((images) => images.map((image) => JSON.stringify(image.getBoundingClientRect())));
    expect(new Set(boxes).size).toBe(1);
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'viewer');
    await keyboard.press('ArrowRight');
    await keyboard.press('1');
    await expect.poll(async () => (await bench.ask(`/v1/slides/${id}/review`)).changes.length).toBe(2);
    await keyboard.press('Escape');
    await page.locator('dialog.viewer').waitFor({ state: 'detached' });
    // Two more at once, taken back again.
    await tabTo('[data-crop]');
    await keyboard.press('Space');
    await keyboard.press('Shift+ArrowRight');
    await keyboard.press('5');
    await expect.poll(async () => (await bench.ask(`/v1/slides/${id}/review`)).changes.length).toBe(4);
    await keyboard.press('u');
    await expect.poll(async () => (await bench.ask(`/v1/slides/${id}/review`)).changes.length).toBe(6);
    expect((await bench.ask(`/v1/slides/${id}/review`)).corrections).toHaveLength(2);
    // What the model leaves to a person: it is right.
    for (let left = await tiles(page, '.group.review').count(); left > 0; left -= 1) {
      await page.locator('.group.review [data-crop]').first().focus();
      await keyboard.press('y');
      await expect.poll(() => tiles(page, '.group.review').count()).toBe(left - 1);
    }
    await tabTo('[data-action=sign-off]');
    await keyboard.press('Enter');
    await page.locator('dialog textarea').waitFor();
    await tabTo('dialog textarea');
    await keyboard.type('looked at twice');
    await tabTo('dialog [type=submit]');
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'sign-off');
    await keyboard.press('Enter');
    await page.locator('.status.verified').waitFor();
    const report = await bench.ask(`/v1/slides/${id}`);
    const { changes } = await bench.ask(`/v1/slides/${id}/review`);
    expect(report.verifications).toMatchObject([
      { by: { name: 'Ada Lovelace' }, comment: 'looked at twice' },
    ]);
    expect(report.differential).toMatchObject({ status: 'final', unidentifiedCount: 0, notCountedCount: 1 });
    expect(changes[0]).toMatchObject({ to: 'artefact', by: { name: 'Ada Lovelace' } });
    expect(changes.every(({ at }: { at: string }) => !Number.isNaN(Date.parse(at)))).toBe(true);
  });

  it('gives the signed slide in each format, and its crops as labels', async () => {
    const { slides } = await bench.ask('/v1/slides?status=verified');
    const [{ id }] = slides;
    const { page } = await bench.open(`/#/slides/${id}`);
    await page.locator('.status.verified').waitFor();
    const report = await bench.ask(`/v1/slides/${id}`);
    expect(JSON.parse((await saved(page, 'json')).toString())).toEqual(report);
    expect((await saved(page, 'csv')).toString()).toContain('S-keys');
    const fhir = JSON.parse((await saved(page, 'fhir')).toString());
    expect([fhir.resourceType, fhir.type]).toEqual(['Bundle', 'transaction']);
    expect((await saved(page, 'oru_r01')).toString()).toMatch(/^MSH\|.*ORU\^R01/);
    const labelled = unzipSync(await saved(page, 'labelled'));
    const ofReport = report.crops
      .filter(({ countsAs }: { countsAs: string }) => countsAs !== 'artefact')
      .map(
        ({ crop, countsAs }: { crop: string; countsAs: string }) => `${countsAs}/${crop.slice(0, 16)}.png`,
      );
    expect(Object.keys(labelled).toSorted()).toEqual(ofReport.toSorted());
    const { classes } = await bench.ask('/v1/labels');
    const [first] = classes;
    const folders = Object.keys(labelled).filter((path) => path.startsWith(`${first.class}/`));
    expect(first.count).toBe(folders.length);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.print').textContent()).toContain('Ada Lovelace');
    await picture(page, 'print');
  });

  it('keeps two people from overwriting each other', async () => {
    const { page: ada } = await bench.open();
    const id = await sendSlide(ada, crops, 'S-two');
    await isComplete(ada);
    const { page: max } = await bench.open(`/#/slides/${id}`);
    await tiles(max).first().waitFor();
    await tiles(ada).first().click();
    await ada.keyboard.press('9');
    await sayName(ada, 'Ada Lovelace');
    // Max sees whose it is, and what she has done, without a reload.
    await max.getByText('Ada Lovelace reviews this slide').waitFor();
    await max.locator('.group h2', { hasText: 'Artefact' }).waitFor();
    await picture(max, 'claimed-by-other');
    expect(await axeFindings(max)).toEqual([]);
    await tiles(max).first().click();
    await max.keyboard.press('9');
    expect(await max.locator('[data-action=sign-off]').isDisabled()).toBe(true);
    expect((await bench.ask(`/v1/slides/${id}/review`)).changes).toHaveLength(1);
    const { page: list } = await bench.open();
    await list.locator('tr', { hasText: 'S-two' }).getByText('Ada Lovelace').waitFor();
    // Ada has gone home.
    await max.getByRole('button', { name: 'Take over' }).click();
    await sayName(max, 'Max');
    await max.getByText('Ada Lovelace reviews this slide').waitFor({ state: 'detached' });
    await ada.getByText('Max reviews this slide').waitFor();
    await tiles(max).first().click();
    await max.keyboard.press('8');
    await expect.poll(async () => (await bench.ask(`/v1/slides/${id}/review`)).changes.length).toBe(2);
  });

  it('moves crops by drag and drop, two beside each other, in Spanish and in the dark', async () => {
    const { slides } = await bench.ask('/v1/slides?search=S-two');
    const { page } = await bench.open(`/#/slides/${slides[0].id}`, {
      locale: 'es-ES',
      colorScheme: 'dark',
      viewport: { width: 1920, height: 1080 },
    });
    await page.getByRole('button', { name: 'Tomarla' }).click();
    await sayName(page, 'Eva');
    await page.getByText('Max revisa').waitFor({ state: 'detached' });
    await tiles(page).nth(0).click();
    await tiles(page)
      .nth(1)
      .click({ modifiers: ['Control'] });
    await page.keyboard.press('c');
    await page.locator('dialog.compare').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'compare-dark-spanish');
    await page.keyboard.press('Escape');
    await tiles(page)
      .nth(1)
      .dragTo(page.locator('.class-row', { hasText: 'Basófilos' }));
    await expect
      .poll(async () => (await bench.ask(`/v1/slides/${slides[0].id}/review`)).corrections)
      .toEqual(expect.arrayContaining([expect.objectContaining({ class: 'basophil' })]));
    const { changes } = await bench.ask(`/v1/slides/${slides[0].id}/review`);
    expect(changes.slice(-2).map(({ to }: { to: string }) => to)).toEqual(['basophil', 'basophil']);
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'review-dark-spanish');
  });

  it.each(['/#/models', '/#/models/inceptionv3/2.0.0', '/#/learning', '/#/sources'])('%s', async (path) => {
    const { page } = await bench.open(path);
    await page.locator('h1').waitFor();
    await page.waitForLoadState('networkidle');
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, path.replaceAll(/\W+/g, '-'));
  });
});
