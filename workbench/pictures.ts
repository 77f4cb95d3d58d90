/**
 * Takes the README's pictures of the workbench, with crops of PBC (Acevedo et al. 2020, CC BY 4.0) from the version's
 * replay set.
 *
 *     npm run workbench:pictures
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { launch, openPage } from './test/support/browser.js';
import { writeSlide } from './test/support/crops.js';
import { isComplete, sayName, sendSlide, tiles } from './test/support/workbench-page.js';

const CROPS = 140;
const folder = mkdtempSync(join(tmpdir(), 'hemoserve-pictures-'));
// Before the service, which keeps libvips from reading WebP.
const crops = await writeSlide(join(folder, 'crops'), CROPS);
const { startService } = await import('../test/support/service.js');
const service = await startService({ database: join(folder, 'slides.db') });
const browser = await launch();
const { page } = await openPage(browser, `http://127.0.0.1:${service.port}/`);
const take = async (name: string) => {
  const picture = sharp(await page.screenshot());
  await picture.webp({ quality: 78 }).toFile(`docs/figures/${name}.webp`);
};
await sendSlide(page, crops, 'S-2026-0042');
await isComplete(page);
await tiles(page, '.group.review').first().click();
await page.keyboard.press('y');
await sayName(page, 'Ada Lovelace');
await page.locator('.history summary', { hasText: '1' }).waitFor();
await page.mouse.move(0, 0);
await take('workbench');
await page.emulateMedia({ colorScheme: 'dark' });
await tiles(page, '.group.review').first().dblclick();
await page.locator('.references img').nth(5).waitFor();
await take('workbench-viewer');
await browser.close();
await service.close();
rmSync(folder, { recursive: true });
