import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '../../src/statistics/seeded.js';
import { CLASSES } from '../support/fixtures.js';
import { drawCrop, pngOf } from '../support/generated-crops.js';
import { GeneratedRegistry, SIDE } from '../support/generated-registry.js';
import { type Service, startService } from '../support/service.js';

const random = seeded(4);
const randomised = () => [0, 1, 2].map(() => CLASSES.map(() => 0.04 * (random() - 0.5)));

let registry: GeneratedRegistry;
let service: Service;

beforeAll(async () => {
  registry = new GeneratedRegistry();
  await registry.add('blue@1.0.0', {
    activationMaps: true,
    weights: [
      [-0.02, 0, 0, 0, 0, 0, 0, 0],
      [-0.02, 0, 0, 0, 0, 0, 0, 0],
      [0.06, 0, 0, 0, 0, 0, 0, 0],
    ],
  });
  await registry.add('other@1.0.0', { activationMaps: true, weights: randomised() });
  await registry.add('none@1.0.0');
  service = await startService({
    modelsDir: registry.folder,
    models: ['blue', 'other', 'none'],
    cacheEntries: 10,
  });
});

afterAll(async () => {
  await service.close();
  registry.dispose();
});

const crop = drawCrop(seeded(12));

interface Explained {
  results: [{ class: string; heatmap: { class: string; png: string } }];
}

async function explain(model: string) {
  const file = new File([new Uint8Array(await pngOf(crop))], 'cell.png');
  const response = await service.classify([file], `?model=${model}&explain=heatmap`);
  return { status: response.status, body: (await response.json()) as Explained };
}

async function overlay(model: string): Promise<{ class: string; pixels: Uint8Array }> {
  const { status, body } = await explain(model);
  expect(status).toBe(200);
  const [{ class: winner, heatmap }] = body.results;
  expect(heatmap.class).toBe(winner);
  const { data, info } = await sharp(Buffer.from(heatmap.png, 'base64'))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: SIDE, height: SIDE, channels: 3 });
  return { class: winner, pixels: data };
}

/** How much redder a place has become, on average. */
function reddened(pixels: Uint8Array, inside: boolean): number {
  const places = Array.from({ length: SIDE * SIDE }, (_, at) => at).filter((at) => {
    const distance = Math.hypot((at % SIDE) - 16, Math.floor(at / SIDE) - 16);
    return inside ? distance < 4 : distance > 15;
  });
  const redness = (of: Uint8Array, at: number) => (of[3 * at] ?? 0) - (of[3 * at + 2] ?? 0);
  return places.reduce((sum, at) => sum + redness(pixels, at) - redness(crop, at), 0) / places.length;
}

describe('explain=heatmap', () => {
  it('lays where the network sees the class over the crop: here the blue cell', async () => {
    const { class: winner, pixels } = await overlay('blue');
    expect(winner).toBe('basophil');
    expect(reddened(pixels, true)).toBeGreaterThan(reddened(pixels, false) + 30);
  });

  it('is another map with randomised weights', async () => {
    const [blue, other] = [await overlay('blue'), await overlay('other')];
    const difference = blue.pixels.reduce(
      (sum, level, at) => sum + Math.abs(level - (other.pixels[at] ?? 0)),
      0,
    );
    expect(difference / blue.pixels.length).toBeGreaterThan(5);
  });

  it('comes also for a crop that is in the cache, and only when it is asked for', async () => {
    const file = new File([new Uint8Array(await pngOf(crop))], 'cell.png');
    const plain = (await (await service.classify([file], '?model=blue')).json()) as Explained;
    expect(plain.results[0]).not.toHaveProperty('heatmap');
    expect((await explain('blue')).body.results[0]).toMatchObject(plain.results[0]);
  });

  it('is a problem where the version gives no activation maps', async () => {
    const { status, body } = await explain('none');
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'no_heatmap', detail: expect.stringContaining('none@1.0.0') });
  });
});
