import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings } from './support/axe.js';
import { hasChromium } from './support/browser.js';
import { writeSlide } from './support/crops.js';
import { Wire } from './support/wire.js';
import { isComplete, picture, sendSlide, tiles, Workbench } from './support/workbench.js';

/** Slow enough for a test to be in the middle of it. */
async function slowUploads(page: Page): Promise<void> {
  const network = await page.context().newCDPSession(page);
  const conditions = { offline: false, latency: 20, downloadThroughput: -1, uploadThroughput: 400_000 };
  await network.send('Network.emulateNetworkConditions', conditions);
}

if (!hasChromium) console.warn('skipped: the workbench, as there is no Chromium (apt-get install chromium)');

describe.runIf(hasChromium)('upload', () => {
  let bench: Workbench;
  let crops: string[];
  beforeAll(async () => {
    bench = await Workbench.start();
    crops = await writeSlide(join(bench.folder, 'crops'), 60);
  });
  afterAll(() => bench?.dispose());
  afterEach(async () => expect(await bench.faults()).toEqual([]));

  it('shows what became of each file, wrong ones among them', async () => {
    const wrong = { 'notes.txt': 'no image', 'empty.png': '', 'cut.jpg': '\u00ff\u00d8\u00ff' };
    const files = Object.entries(wrong).map(([name, content]) => {
      writeFileSync(join(bench.folder, name), content, 'latin1');
      return join(bench.folder, name);
    });
    const { page } = await bench.open();
    await page.getByText('There are no slides yet').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'slides-none');
    const id = await sendSlide(page, [...crops.slice(0, 12), ...files], 'S-1');
    await page.locator('.upload.done').waitFor();
    expect(await page.locator('.bad-files .file-name').allTextContents()).toEqual(Object.keys(wrong));
    expect(await page.locator('.bad-files li').first().textContent()).toContain('no image');
    expect(await tiles(page).count()).toBe(12);
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'upload-wrong-files');
    await page.click('[data-action=complete]');
    await isComplete(page);
    expect(await bench.ask(`/v1/slides/${id}`)).toMatchObject({ status: 'complete', cropCount: 12 });
  });

  it('takes a zip, without what a Mac adds', async () => {
    const zip = join(bench.folder, 'slide.zip');
    const { execFileSync } = await import('node:child_process');
    const add =
      "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1],'w',zipfile.ZIP_DEFLATED)\n" +
      "for n,f in enumerate(sys.argv[2:]): z.write(f,f'cells/{n}.png'); z.write(f,f'__MACOSX/cells/._{n}.png')\nz.close()";
    execFileSync('python3', ['-c', add, zip, ...crops.slice(0, 5)]);
    const { page } = await bench.open();
    const id = await sendSlide(page, [zip], 'S-zip');
    await isComplete(page);
    expect((await bench.ask(`/v1/slides/${id}`)).cropCount).toBe(5);
  });

  it('takes a folder with all that is in its folders, without what a system adds', async () => {
    const folder = join(bench.folder, 'slide-7');
    for (const [index, crop] of crops.slice(0, 6).entries()) {
      const inner = join(folder, index < 3 ? 'morning' : 'evening/late');
      mkdirSync(inner, { recursive: true });
      copyFileSync(crop, join(inner, `${index}.png`));
    }
    for (const name of ['.DS_Store', 'Thumbs.db', 'evening/desktop.ini'])
      writeFileSync(join(folder, name), 'x');
    const { page } = await bench.open();
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Choose a folder' }).click(),
    ]);
    await chooser.setFiles(folder);
    await page.fill('[name=specimenNumber]', 'S-folder');
    const id = await page.inputValue('[name=id]');
    await page.click('dialog [type=submit]');
    await page.waitForURL(`**/#/slides/${id}`);
    await isComplete(page);
    const { crops: kept } = await bench.ask(`/v1/slides/${id}`);
    const names = kept.map(({ filename }: { filename: string }) => filename);
    expect(names.toSorted()).toEqual(['0.png', '1.png', '2.png', '3.png', '4.png', '5.png']);
  });

  it('goes on after a lost connection', async () => {
    const wire = await Wire.to(bench.url);
    const { page, faults } = await bench.open('/', {}, wire.url);
    await slowUploads(page);
    const id = await sendSlide(page, crops, 'S-lost');
    await tiles(page).first().waitFor();
    wire.cut();
    await page.locator('.upload.waiting').waitFor();
    await picture(page, 'upload-waiting');
    expect((await bench.ask(`/v1/slides/${id}`)).cropCount).toBeLessThan(crops.length);
    wire.mend();
    await isComplete(page);
    expect((await bench.ask(`/v1/slides/${id}`)).cropCount).toBe(crops.length);
    await page.close();
    wire.close();
    // The browser itself tells of a connection that is lost.
    for (const fault of faults.splice(0)) expect(fault).toMatch(/net::ERR_/);
  });

  it('goes on after a reload in the middle, and counts no crop twice', async () => {
    const { page } = await bench.open();
    await slowUploads(page);
    const id = await sendSlide(page, crops, 'S-reload');
    await tiles(page).first().waitFor();
    await page.reload();
    await page.getByText(`${crops.length} were sent`).waitFor();
    await tiles(page).first().locator('img').waitFor();
    await picture(page, 'upload-after-reload');
    await page.setInputFiles('[data-input=files]', crops);
    await isComplete(page);
    const { cropCount, crops: kept } = await bench.ask(`/v1/slides/${id}`);
    expect([cropCount, new Set(kept.map(({ crop }: { crop: string }) => crop)).size]).toEqual([
      crops.length,
      crops.length,
    ]);
  });

  it('can be cancelled', async () => {
    const { page } = await bench.open();
    await slowUploads(page);
    const id = await sendSlide(page, crops, 'S-cancel');
    await tiles(page).first().waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('.upload.cancelled').waitFor();
    const { status, cropCount } = await bench.ask(`/v1/slides/${id}`);
    expect(status).toBe('open');
    expect(cropCount).toBeLessThan(crops.length);
  });
});
