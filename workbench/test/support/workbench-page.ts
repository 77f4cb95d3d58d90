import type { Locator, Page } from 'playwright-core';

/** Sends files as a new slide, from the list of slides. @returns the slide's id. */
export async function sendSlide(page: Page, files: string[], specimenNumber: string): Promise<string> {
  await page.setInputFiles('[data-input=files]', files);
  await page.fill('[name=specimenNumber]', specimenNumber);
  const id = await page.inputValue('[name=id]');
  await page.click('dialog [type=submit]');
  await page.waitForURL(`**/#/slides/${id}`);
  return id;
}

/** The slide can be reviewed. */
export const isComplete = (page: Page) =>
  page.locator('.slide-head .status.complete').waitFor({ timeout: 100_000 });

/** Says who the person is, when the page asks. */
export async function sayName(page: Page, name: string): Promise<void> {
  await page.fill('dialog [name=name]', name);
  await page.click('dialog [type=submit]');
}

export const tiles = (page: Page, group = ''): Locator => page.locator(`${group} [data-crop]`);
