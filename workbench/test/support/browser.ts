import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Whether Debian's Chromium is here. */
export const hasChromium = existsSync(EXECUTABLE);

export function launch(): Promise<Browser> {
  // In a container of root's there is no sandbox.
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: ['--no-sandbox', '--force-color-profile=srgb'],
  });
}

/** A person at a computer of his or her own. */
export interface Person {
  page: Page;
  /** Whatever went wrong: errors of the page and of its console, and requests to other hosts. */
  faults: string[];
  close(): Promise<void>;
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Person> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    ...options,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`page: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const target = new URL(request.url());
    if (/^https?:$/.test(target.protocol) && target.host !== new URL(url).host)
      faults.push(`request: ${target}`);
  });
  await page.goto(url);
  return { page, faults, close: () => context.close() };
}
