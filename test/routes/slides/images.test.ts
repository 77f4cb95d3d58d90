import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deleteBefore } from '../../../src/plugins/slide-retention.js';
import { readFixture, upload } from '../../support/fixtures.js';
import { type SlideService, startSlideService } from '../../support/slide-service.js';

const folder = mkdtempSync(join(tmpdir(), 'hemoserve-images-'));
const ig = readFixture('cells/ig.jpg');
const crop = createHash('sha256').update(ig).digest('hex');
let service: SlideService;
beforeAll(async () => {
  service = await startSlideService({ cropImagesDir: join(folder, 'images') });
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

it.each(['a', '...'])(
  'keeps the images of slide "%s", in its own folder, until it is deleted',
  async (id) => {
    await service.post('/v1/slides', { id, specimenNumber: 'S' });
    const store = await service.app.slides.store();
    await service.crops(id, [upload('cells/ig.jpg'), upload('formats/text.jpg')]);
    expect(readdirSync(join(folder, 'images', `slide-${id}`))).toEqual([crop]);
    const images = service.app.slides.images;
    expect((await images?.read(id, crop))?.equals(ig)).toBe(true);
    const later = new Date(Date.now() + 60_000).toISOString();
    expect(await deleteBefore(store, later, async (ids) => images?.delete(ids))).toBe(1);
    expect(existsSync(join(folder, 'images', `slide-${id}`))).toBe(false);
    await expect(store.read('getSlide', { id })).rejects.toMatchObject({ code: 'unknown_slide' });
  },
);

it('gives them', async () => {
  await service.post('/v1/slides', { id: 'b', specimenNumber: 'S' });
  await service.crops('b', [upload('cells/ig.jpg')]);
  const response = await service.request(`/v1/slides/b/crops/${crop}/image`);
  expect(response.headers.get('content-type')).toBe('image/jpeg');
  expect(Buffer.from(await response.arrayBuffer()).equals(ig)).toBe(true);
  const unknown = await service.get(`/v1/slides/b/crops/${'a'.repeat(64)}/image`);
  expect([unknown.status, unknown.json.code]).toEqual([404, 'unknown_image']);
});
