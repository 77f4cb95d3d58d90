import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cells, upload } from './support/fixtures.js';
import { type Service, startService } from './support/service.js';

let service: Service;
beforeAll(async () => {
  service = await startService({ maxImagesInFlight: 2 });
});
afterAll(() => service.close());

describe('over the bound of crops in work', () => {
  it('requests get 503 with Retry-After at once, and the others their answer', async () => {
    const responses = await Promise.all(
      Array.from({ length: 30 }, () => service.classify([upload('cells/ig.jpg')])),
    );
    const statuses = responses.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    for (const response of responses.filter(({ status }) => status === 503)) {
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await response.json()).toMatchObject({ code: 'overloaded' });
    }
  });

  it('one request of many files is slowed down, not refused', async () => {
    const response = await service.classify([...cells(), ...cells()]);
    expect(response.status).toBe(200);
    expect(((await response.json()) as { results: unknown[] }).results).toHaveLength(16);
  });

  it('every permit comes back', async () => {
    await service.classify([upload('formats/text.jpg'), upload('formats/truncated.jpg')]);
    expect(await service.metric('hemoserve_images_in_flight')).toBe(0);
    expect((await service.classify([upload('cells/ig.jpg')])).status).toBe(200);
  });
});
