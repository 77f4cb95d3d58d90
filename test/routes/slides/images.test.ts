import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bucket } from '../../../src/objects/bucket.js';
import { deleteBefore } from '../../../src/plugins/slide-retention.js';
import type { Settings } from '../../../src/settings/schema.js';
import type { CropImages } from '../../../src/store/images/images.js';
import { readFixture, upload } from '../../support/fixtures.js';
import { startMoto } from '../../support/moto.js';
import { type SlideService, startSlideService } from '../../support/slide-service.js';

const ig = readFixture('cells/ig.jpg');
const crop = createHash('sha256').update(ig).digest('hex');

/** Where images are kept. */
interface Place {
  settings: Partial<Settings>;
  /** The paths of all that is there. */
  list(): Promise<string[]>;
  /** From now on nothing can be read or written there. */
  fail(): Promise<void>;
  dispose(): Promise<void>;
}

async function folderPlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'hemoserve-images-'));
  const cropImagesDir = join(folder, 'images');
  return {
    settings: { cropImagesDir },
    list: async () =>
      readdirSync(cropImagesDir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(cropImagesDir, join(entry.parentPath, entry.name)))
        .sort(),
    async fail() {
      renameSync(cropImagesDir, join(folder, 'aside'));
      writeFileSync(cropImagesDir, 'no folder');
    },
    dispose: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function bucketPlace(): Promise<Place> {
  const moto = await startMoto('slides');
  const settings = { s3Endpoint: moto.s3Endpoint, s3Region: undefined, cropImagesUrl: 's3://slides/crops' };
  const bucket = new Bucket(settings.cropImagesUrl, settings);
  return {
    settings,
    list: async () => (await bucket.list()).map(({ key }) => key).sort(),
    fail: () => moto.stop(),
    async dispose() {
      bucket.close();
      await moto.dispose();
    },
  };
}

const places = [
  { name: 'a folder', open: folderPlace, skip: false },
  { name: 'an object store (moto)', open: bucketPlace, skip: !process.env.HEMOSERVE_TEST_S3 },
];

describe.each(places)('images in $name', ({ open, skip }) => {
  describe.skipIf(skip)('', { timeout: 60_000 }, () => {
    let place: Place;
    let service: SlideService;
    let images: CropImages;
    beforeAll(async () => {
      place = await open();
      service = await startSlideService(place.settings);
      images = service.app.slides.images as CropImages;
    }, 90_000);
    afterAll(async () => {
      await service.close();
      await place.dispose();
    });
    const make = (id: string) => service.post('/v1/slides', { id, specimenNumber: 'S' });
    const retain = async (deleteImages = (ids: readonly string[]) => images.delete(ids)) => {
      const later = new Date(Date.now() + 60_000).toISOString();
      return deleteBefore(await service.app.slides.store(), later, deleteImages);
    };

    it.each(['a', '...'])('are kept of slide "%s", until it is deleted', async (id) => {
      await make(id);
      await service.crops(id, [upload('cells/ig.jpg'), upload('formats/text.jpg')]);
      expect(await place.list()).toEqual([`slide-${id}/${crop}`]);
      expect((await images.read(id, crop))?.equals(ig)).toBe(true);
      expect(await retain()).toBe(1);
      expect(await place.list()).toEqual([]);
      expect((await service.get(`/v1/slides/${id}`)).json.code).toBe('unknown_slide');
    });

    it('of a slide stay when one is deleted whose name its own begins with', async () => {
      for (const id of ['b', 'b.2']) await make(id);
      for (const id of ['b', 'b.2']) await service.crops(id, [upload('cells/ig.jpg')]);
      await images.delete(['b', 'none']);
      expect(await place.list()).toEqual([`slide-b.2/${crop}`]);
      expect(await retain()).toBe(2);
    });

    it('are given', async () => {
      await make('c');
      await service.crops('c', [upload('cells/ig.jpg')]);
      const response = await service.request(`/v1/slides/c/crops/${crop}/image`);
      expect(response.headers.get('content-type')).toBe('image/jpeg');
      expect(Buffer.from(await response.arrayBuffer()).equals(ig)).toBe(true);
      const unknown = await service.get(`/v1/slides/c/crops/${'a'.repeat(64)}/image`);
      expect([unknown.status, unknown.json.code]).toEqual([404, 'unknown_image']);
    });

    it('that cannot be deleted keep their slide, so that the next look deletes both', async () => {
      await expect(retain(async () => Promise.reject(new Error('down')))).rejects.toThrow('down');
      expect((await service.get('/v1/slides/c')).status).toBe(200);
      expect(await place.list()).toEqual([`slide-c/${crop}`]);
      expect(await retain()).toBe(1);
      expect(await place.list()).toEqual([]);
    });

    it('that cannot be kept are a 503, and the slide has no such crop', async () => {
      await make('d');
      await place.fail();
      const { status, json } = await service.crops('d', [upload('cells/ig.jpg')]);
      expect([status, json.code]).toEqual([503, 'store_unavailable']);
      expect((await service.get('/v1/slides/d')).json.cropCount).toBe(0);
      const image = await service.get(`/v1/slides/d/crops/${crop}/image`);
      expect([image.status, image.json.code]).toEqual([503, 'store_unavailable']);
    });
  });
});
