/**
 * Measures the workbench in Chromium: first paint, and frames while 500 crops are scrolled from end to end.
 *
 *     npm run workbench:measure
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, openPage } from './test/support/browser.js';
import { writeSlide } from './test/support/crops.js';
import { isComplete, sendSlide, tiles } from './test/support/workbench-page.js';

const CROPS = 500;
const MOST_PAINT_MS = 1_000;
const MOST_FRAME_MS = 50;

const folder = mkdtempSync(join(tmpdir(), 'hemoserve-measure-'));
// Before the service, which keeps libvips from reading WebP.
const crops = await writeSlide(join(folder, 'crops'), CROPS);
const { startService } = await import('../test/support/service.js');
const service = await startService({
  database: join(folder, 'slides.db'),
  engine: 'auto',
  precision: 'auto',
});
const browser = await launch();
const { page } = await openPage(browser, `http://127.0.0.1:${service.port}/`);
const painted = await page.waitForFunction(
  () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
);
const paintMs = Number(await painted.jsonValue());
await sendSlide(page, crops, 'S-500');
await isComplete(page);
const shown = await tiles(page).count();

/** Scrolls to the end and back, a part of the screen in each frame. */
const frames = await page.evaluate(async () => {
  const page = document.scrollingElement ?? document.body;
  const durations: number[] = [];
  for (const step of [150, -150]) {
    let last = await new Promise<number>(requestAnimationFrame);
    for (let before = Number.NaN; before !== page.scrollTop; ) {
      before = page.scrollTop;
      page.scrollTop += step;
      const now = await new Promise<number>(requestAnimationFrame);
      durations.push(now - last);
      last = now;
    }
  }
  return durations.sort((a, b) => a - b);
});
const at = (share: number) => (frames[Math.floor(share * (frames.length - 1))] ?? 0).toFixed(1);
console.log(`first contentful paint: ${paintMs.toFixed(0)} ms (at most ${MOST_PAINT_MS})`);
console.log(
  `${frames.length} frames over ${shown} crops: median ${at(0.5)}, 99 % ${at(0.99)}, longest ${at(1)} ms (at most ${MOST_FRAME_MS})`,
);
await browser.close();
await service.close();
rmSync(folder, { recursive: true });
if (shown !== CROPS || paintMs > MOST_PAINT_MS || Number(at(1)) > MOST_FRAME_MS) process.exitCode = 1;
