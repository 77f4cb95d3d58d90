import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey } from '../../src/auth/keys-file.js';
import { axeFindings } from './support/axe.js';
import { hasChromium } from './support/browser.js';
import { writeSlide } from './support/crops.js';
import { isComplete, picture, sendSlide, tiles, Workbench } from './support/workbench.js';

describe.runIf(hasChromium)('a service that wants keys', () => {
  let bench: Workbench;
  let key: string;
  const folder = mkdtempSync(join(tmpdir(), 'hemoserve-keys-'));
  beforeAll(async () => {
    const file = join(folder, 'keys.json');
    key = await addKey(file, { name: 'bench', scopes: ['classify', 'read', 'verify'] });
    bench = await Workbench.start({ HEMOSERVE_KEYS_FILE: file });
  });
  afterAll(async () => {
    await bench?.dispose();
    rmSync(folder, { recursive: true });
  });

  it('asks for a key, again for a wrong one, and keeps it until the tab is closed', async () => {
    const crops = await writeSlide(join(folder, 'crops'), 8);
    const { page, faults } = await bench.open();
    await page.fill('dialog [name=key]', 'wrong');
    await page.click('dialog [type=submit]');
    await page.getByText('does not know that key').waitFor();
    await picture(page, 'key');
    await page.fill('dialog [name=key]', key);
    await page.click('dialog [type=submit]');
    await page.getByText('There are no slides yet').waitFor();
    const id = await sendSlide(page, crops, 'S-key');
    await isComplete(page);
    // Nobody is asked for a name: the key tells it.
    expect(await page.locator('.top .who').textContent()).toBe('bench');
    await tiles(page).first().click();
    await page.keyboard.press('9');
    await page.locator('.group h2', { hasText: 'Artefact' }).waitFor();
    const review = async () =>
      (
        await fetch(`${bench.url}/v1/slides/${id}/review`, { headers: { authorization: `Bearer ${key}` } })
      ).json() as Promise<{ changes: object[] }>;
    await expect.poll(async () => (await review()).changes).toMatchObject([{ by: { name: 'bench' } }]);
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'key-person');
    await page.reload();
    await tiles(page).first().locator('img').waitFor();
    expect(await page.locator('dialog').count()).toBe(0);
    // The browser itself tells of the two refusals before the key.
    expect(faults.filter((fault) => !fault.includes('401'))).toEqual([]);
  });
});
