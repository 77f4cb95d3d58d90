import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cells, upload } from '../../support/fixtures.js';
import { type Service, startService } from '../../support/service.js';
import { TIMED } from '../../support/timed.js';

/** The event loop's and the client's share of a busy machine. */
const SLACK_MS = 500;

describe('timeoutMs', { timeout: 120_000 }, () => {
  let service: Service;
  beforeAll(async () => {
    // The real network: a batch of it takes seconds on two cores.
    service = await startService({ maxBatchSize: 128 });
  });
  afterAll(() => service.close());

  const idle = () =>
    expect.poll(() => service.metric('hemoserve_images_in_flight'), { timeout: 30_000 }).toBe(0);

  it.each([100, 300, 500])('holds for crops that are in a batch (%i ms)', TIMED, async (timeoutMs) => {
    await idle();
    const files = Array.from({ length: 18 }, cells).flat();
    const startMs = performance.now();
    const response = await service.classify(files, `?timeoutMs=${timeoutMs}`);
    expect(performance.now() - startMs).toBeLessThan(timeoutMs + SLACK_MS);
    expect(response.status).toBe(504);
    // What is in the engine still counts as in work.
    await idle();
  });

  it('refuses at once what cannot be done in time, and does the rest', TIMED, async () => {
    await idle();
    const timeoutMs = 1000;
    const answers = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const response = await service.classify([upload('cells/ig.jpg')], `?timeoutMs=${timeoutMs}`);
        const { code } = (await response.json()) as { code?: string };
        return { status: response.status, code, retryAfterS: Number(response.headers.get('retry-after')) };
      }),
    );
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    for (const { code, retryAfterS } of refused) {
      expect(code).toBe('overloaded');
      expect(retryAfterS).toBeGreaterThan(0);
    }
    const done = answers.filter(({ status }) => status === 200).length;
    const late = answers.filter(({ status }) => status === 504).length;
    expect(done).toBeGreaterThan(4);
    expect(late).toBeLessThan(done);
    expect(done + late + refused.length).toBe(answers.length);
  });

  it('refuses no request that is alone, however little time it has', async () => {
    await idle();
    const response = await service.classify(cells(), '?timeoutMs=1');
    expect(await response.json()).toMatchObject({ code: 'deadline_exceeded' });
    await idle();
    expect((await service.classify(cells())).status).toBe(200);
  });
});
