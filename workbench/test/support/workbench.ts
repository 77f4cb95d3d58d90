import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ServiceProcess } from '../../../test/support/service-process.js';
import { launch, openPage, type Person } from './browser.js';

export * from './workbench-page.js';

/** Where screenshots are kept, as artefacts of a run. */
const PICTURES = 'coverage/workbench';

/** The built service with its page, on a database of its own, and a browser. */
export class Workbench {
  readonly #people: Person[] = [];

  private constructor(
    readonly folder: string,
    readonly url: string,
    private readonly service: ServiceProcess,
    private readonly browser: Browser,
  ) {}

  static async start(settings: Record<string, string> = {}): Promise<Workbench> {
    const folder = mkdtempSync(join(tmpdir(), 'hemoserve-workbench-'));
    const service = new ServiceProcess(
      {
        HEMOSERVE_DATABASE: join(folder, 'slides.db'),
        HEMOSERVE_CROP_IMAGES_DIR: join(folder, 'images'),
        ...settings,
      },
      ['scripts/start.sh'],
    );
    const [url, browser] = await Promise.all([service.url(), launch(), service.line('model ready')]);
    mkdirSync(PICTURES, { recursive: true });
    return new Workbench(folder, url, service, browser);
  }

  /** @param url of the service, where it is reached in another way. */
  async open(path = '/', options: BrowserContextOptions = {}, url = this.url): Promise<Person> {
    const person = await openPage(this.browser, `${url}${path}`, options);
    this.#people.push(person);
    return person;
  }

  /** Closes all pages. @returns what went wrong in them. */
  async faults(): Promise<string[]> {
    await Promise.all(this.#people.map((person) => person.close()));
    return this.#people.splice(0).flatMap(({ faults }) => faults);
  }

  /** What the service answers. */
  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects.
  async ask(path: string, body?: object): Promise<any> {
    const response = await fetch(`${this.url}${path}`, {
      ...(body && {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    return response.json();
  }

  async dispose(): Promise<void> {
    await this.browser.close();
    this.service.kill('SIGTERM');
    await this.service.exit;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}
