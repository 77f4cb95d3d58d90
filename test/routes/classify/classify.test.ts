import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLASSES, cells, readFixture, upload } from '../../support/fixtures.js';
import { type Service, startService } from '../../support/service.js';

interface Result {
  index: number;
  filename?: string;
  class: string;
  probability: number;
  probabilities: Record<string, number>;
}
interface Answer {
  requestId: string;
  model: { name: string; version: string };
  results: Result[];
}

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

async function answerOf(response: Response): Promise<Answer> {
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

describe('POST /v1/classify', () => {
  it('gives the class probabilities of one crop', async () => {
    const response = await service.classify([upload('cells/neutrophil.jpg', 'cell.jpg')]);
    const { requestId, model, results } = await answerOf(response);
    const { manifest } = service.app.modelHost.classifier().model;
    expect(requestId).toBe(response.headers.get('x-request-id'));
    expect(model).toEqual({ name: manifest.name, version: manifest.version });
    expect(results).toHaveLength(1);
    const [result] = results as [Result];
    expect(result).toMatchObject({ index: 0, filename: 'cell.jpg' });
    expect(Object.keys(result.probabilities)).toEqual(CLASSES);
    const values = Object.values(result.probabilities);
    expect(values.reduce((sum, value) => sum + value)).toBeCloseTo(1, 5);
    expect(result.probability).toBe(Math.max(...values));
    expect(result.probabilities[result.class]).toBe(result.probability);
  });

  it("gives the training pipeline's probabilities, for every golden image", async () => {
    const { folder, manifest } = service.app.modelHost.classifier().model;
    const golden = JSON.parse(readFileSync(join(folder, manifest.golden.file), 'utf8')) as {
      image: string;
      probabilities: number[];
    }[];
    const files = golden.map(
      ({ image }) => new File([new Uint8Array(readFileSync(join(folder, image)))], image),
    );
    const { results } = await answerOf(await service.classify(files));
    for (const [index, { probabilities }] of golden.entries()) {
      const actual = Object.values(results[index]?.probabilities ?? {});
      expect(actual).toHaveLength(probabilities.length);
      for (const [classIndex, expected] of probabilities.entries()) {
        expect(Math.abs((actual[classIndex] ?? 0) - expected)).toBeLessThan(manifest.golden.tolerance);
      }
    }
  });

  it('answers many files in their order', async () => {
    const files = [...cells(), ...cells()].reverse();
    const { results } = await answerOf(await service.classify(files));
    expect(results.map(({ index }) => index)).toEqual(files.map((_, index) => index));
    expect(results.map(({ filename }) => filename)).toEqual(files.map(({ name }) => name));
    const half = files.length / 2;
    for (let index = 0; index < half; index++) {
      const [first, second] = [results[index], results[index + half]];
      for (const name of CLASSES) {
        expect(first?.probabilities[name]).toBeCloseTo(second?.probabilities[name] ?? Number.NaN, 4);
      }
    }
  });

  it.each([
    ['image/jpeg', 'rgb.jpg'],
    ['image/png', 'rgb.png'],
    ['image/bmp', 'rgb24.bmp'],
    ['image/tiff', 'rgb.tif'],
  ])('takes a raw body of type %s', async (type, file) => {
    const body = new Uint8Array(readFixture(`formats/${file}`));
    const response = await service.request('/v1/classify', {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    const { results } = await answerOf(response);
    expect(results).toHaveLength(1);
    expect(results[0]).not.toHaveProperty('filename');
    expect(CLASSES).toContain(results[0]?.class);
  });

  it('takes the model and version to use', async () => {
    const { name, version } = service.app.modelHost.classifier().model.manifest;
    const { model } = await answerOf(
      await service.classify([upload('cells/ig.jpg')], `?model=${name}&version=${version}`),
    );
    expect(model).toEqual({ name, version });
  });

  it("uses the client's request id, unless it is unfit for a log", async () => {
    const ask = async (id: string) =>
      (await service.request('/livez', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await ask('slide-7:crop.12')).toBe('slide-7:crop.12');
    expect(await ask('Jane Doe')).not.toBe('Jane Doe');
  });

  it('keeps a connection without gathering listeners on it', async () => {
    const warnings: Error[] = [];
    const collect = (warning: Error) => warnings.push(warning);
    process.on('warning', collect);
    for (let index = 0; index < 15; index++) await answerOf(await service.classify([upload('cells/ig.jpg')]));
    process.off('warning', collect);
    expect(warnings).toEqual([]);
  });
});
