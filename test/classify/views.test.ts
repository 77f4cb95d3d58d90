import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { viewsOf } from '../../src/classify/views.js';
import { CLASSES, readFixture } from '../support/fixtures.js';
import { type Service, startService } from '../support/service.js';

describe('viewsOf', () => {
  // Two rows of two pixels, whose two channels are a pixel's letter and a 0.
  const letters = (text: string) => Uint8Array.from([...text].flatMap((letter) => [letter.charCodeAt(0), 0]));
  const views = (count: 1 | 4 | 8) => viewsOf(letters('abcd'), 2, count);

  it('turns the crop, then mirrors its turns', () => {
    const expected = ['abcd', 'bdac', 'dcba', 'cadb', 'badc', 'dbca', 'cdab', 'acbd'];
    expect(views(8)).toEqual(expected.map(letters));
    expect(views(4)).toEqual(expected.slice(0, 4).map(letters));
    expect(views(1)).toEqual([letters('abcd')]);
  });
});

describe('the service with HEMOSERVE_VIEWS=8', () => {
  let alone: Service;
  let averaging: Service;
  beforeAll(async () => {
    alone = await startService();
    averaging = await startService({ views: 8 });
  });
  afterAll(async () => {
    await alone.close();
    await averaging.close();
  });

  const probabilities = async (service: Service, images: Buffer[]) => {
    const files = images.map((image) => new File([new Uint8Array(image)], 'cell.png'));
    const body = (await (await service.classify(files)).json()) as {
      results: { probabilities: Record<string, number> }[];
    };
    return body.results.map((result) => CLASSES.map((name) => result.probabilities[name] ?? Number.NaN));
  };

  it('answers the mean of what it would say of the eight views, in logits', async () => {
    const { width, height } = averaging.app.modelHost.registry().defaultVersion.manifest.input;
    const crop = await sharp(readFixture('cells/ig.jpg'))
      .resize(width, height, { fit: 'fill' })
      .png()
      .toBuffer();
    const turns = await Promise.all(
      [0, 90, 180, 270].map((angle) => sharp(crop).rotate(angle).png().toBuffer()),
    );
    const mirrored = await Promise.all(turns.map((turn) => sharp(turn).flop().png().toBuffer()));
    const each = await probabilities(alone, [...turns, ...mirrored]);
    const [answer] = await probabilities(averaging, turns.slice(0, 1));
    expect(new Set(each.map(String)).size).toBe(8);
    // A logit is the logarithm of a probability but for a constant, which the sum takes out.
    const means = CLASSES.map((_, index) =>
      Math.exp(each.reduce((sum, one) => sum + Math.log(one[index] ?? 0), 0) / 8),
    );
    const sum = means.reduce((total, value) => total + value);
    means.forEach((value, index) => {
      expect(answer?.[index]).toBeCloseTo(value / sum, 5);
    });
  });

  it('says so', async () => {
    const served = async (service: Service) => {
      const { models } = (await (await service.request('/v1/models')).json()) as {
        models: { views?: number }[];
      };
      return models.flatMap(({ views }) => views ?? []);
    };
    expect([await served(alone), await served(averaging)]).toEqual([[1], [8]]);
  });
});
