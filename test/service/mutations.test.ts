import { afterAll, beforeAll, expect, it } from 'vitest';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { mutations } from '../support/mutations.js';
import { ServiceProcess } from '../support/service-process.js';

/** `npm run test:mutations` sends 10,000. */
const COUNT = Number(process.env.HEMOSERVE_TEST_MUTATIONS ?? 600);
const CLIENTS = 8;
/** An answer for the image, or a problem of the image. */
const STATUSES = [200, 400, 413, 415, 422];
/** What decoders keep for later, and V8 has not collected yet. */
const LEEWAY_BYTES = 96 * 2 ** 20;

let registry: GeneratedRegistry;
let service: ServiceProcess;
beforeAll(async () => {
  registry = await GeneratedRegistry.withSmallModel();
  service = new ServiceProcess({
    HEMOSERVE_MODELS_DIR: registry.folder,
    HEMOSERVE_LOG_LEVEL: 'info',
    NODE_OPTIONS: '--max-old-space-size=96',
  });
});
afterAll(() => {
  service.kill('SIGKILL');
  registry.dispose();
});

it(`${COUNT} damaged images are answered, none as a fault of the service, and nothing is kept of them`, {
  timeout: 60_000 + COUNT * 120,
}, async () => {
  const url = await service.url();
  await service.line('model ready');
  const metric = async (name: string) => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1] ?? 0,
    );
  };
  const images = mutations(COUNT);
  const statuses = new Map<number, number>();
  let sent = 0;
  let warmBytes = Number.NaN;
  const client = async () => {
    for (const body of images) {
      const headers = { 'content-type': 'image/jpeg' };
      const response = await fetch(`${url}/v1/classify`, { method: 'POST', headers, body });
      const text = await response.text();
      expect(STATUSES, text).toContain(response.status);
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      sent += 1;
      if (sent === Math.floor(COUNT / 4)) warmBytes = await metric('process_resident_memory_bytes');
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  console.log(`${sent} damaged images by status:`, Object.fromEntries(statuses));
  expect(sent).toBe(COUNT);
  // Some are whole all the same, and some are not.
  expect(statuses.get(200)).toBeGreaterThan(0);
  expect(statuses.get(422)).toBeGreaterThan(0);
  expect(await metric('hemoserve_images_in_flight')).toBe(0);
  expect(await metric('hemoserve_bytes_in_flight')).toBe(0);
  const grownBytes = (await metric('process_resident_memory_bytes')) - warmBytes;
  console.log(`resident memory since the first quarter: ${Math.round(grownBytes / 2 ** 20)} MiB`);
  expect(grownBytes).toBeLessThan(LEEWAY_BYTES);
});
