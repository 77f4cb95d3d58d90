import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLASSES, cells, readFixture, upload } from '../../support/fixtures.js';
import { type SlideService, startSlideService } from '../../support/slide-service.js';

let service: SlideService;
beforeAll(async () => {
  service = await startSlideService({ maxSlideCrops: 8 });
});
afterAll(() => service.close());

let count = 0;
let id: string;
beforeEach(() => {
  count += 1;
  id = `slide:${count}`;
});
const make = (rest: object = {}) => service.post('/v1/slides', { id, specimenNumber: 'S-1', ...rest });
const complete = () => service.post(`/v1/slides/${id}/complete`);
const verify = (body: object) => service.post(`/v1/slides/${id}/verify`, body);
const read = () => service.get(`/v1/slides/${id}`);
const sha256 = (path: string) => createHash('sha256').update(readFixture(path)).digest('hex');
const numbers = ({ results }: { results: { number: number }[] }) => results.map(({ number }) => number);
const by = { name: 'Ada Lovelace', identifier: '12' };

describe('POST /v1/slides', () => {
  it('makes a slide, and gives it again when asked again', async () => {
    const description = {
      source: 'scope-1',
      collectedAt: '2026-01-02T03:04:05+01:00',
      orderNumber: 'O|1',
      patient: { identifier: 'P^1', familyName: 'Müller', birthDate: '1990-02-03', sex: 'female' },
    };
    const first = await make(description);
    expect(first.status).toBe(201);
    expect(first.headers.get('location')).toBe(`/v1/slides/${id}`);
    expect(first.json).toMatchObject({ id, ...description, status: 'open', revision: 1, cropCount: 0 });
    const again = await make(description);
    expect([again.status, again.json]).toEqual([201, first.json]);
  });

  it('refuses other data with the same id', async () => {
    await make();
    const { status, json } = await make({ orderNumber: 'other' });
    expect([status, json.code]).toEqual([409, 'slide_exists']);
  });

  it.each([
    ['no specimen', { specimenNumber: undefined }],
    ['an id with a slash', { id: 'a/b' }],
    ['an id that is no part of a path', { id: '..' }],
    ['a member that is not known', { patientName: 'x' }],
    ['a time that is none', { collectedAt: 'yesterday' }],
    ['NUL in a text', { specimenNumber: 'a\0b' }],
    ['half a character', { specimenNumber: '\ud800' }],
  ])('refuses %s', async (_what, rest) => {
    const { status, json } = await make(rest);
    expect([status, json.code]).toEqual([400, 'invalid_request']);
  });

  it('refuses what is no JSON', async () => {
    const send = (body: string, type: string) =>
      service.request('/v1/slides', { method: 'POST', body, headers: { 'content-type': type } });
    const broken = await send('{', 'application/json');
    expect(await broken.json()).toMatchObject({ status: 400, code: 'invalid_request' });
    const other = await send('<slide/>', 'text/xml');
    expect(await other.json()).toMatchObject({ status: 415, code: 'unsupported_content_type' });
  });
});

describe('POST /v1/slides/:id/crops', () => {
  it('answers as /v1/classify does, with the place of each crop in the slide', async () => {
    await make();
    const { status, json } = await service.crops(id, cells());
    const classified = (await service.classify(cells())).json() as Promise<typeof json>;
    expect(status).toBe(200);
    expect(json.slide).toBe(id);
    expect(json.model).toEqual((await classified).model);
    expect(json.trust).toEqual((await classified).trust);
    expect(json.results).toEqual(
      (await classified).results.map((result: object, index: number) => ({
        ...result,
        crop: sha256(`cells/${CLASSES[index]}.jpg`),
        number: expect.any(Number),
      })),
    );
    expect(numbers(json).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('counts a crop once that comes again, and answers the same', async () => {
    await make();
    const files = () => [
      upload('cells/ig.jpg'),
      upload('cells/ig.jpg', 'copy.jpg'),
      upload('cells/monocyte.jpg'),
    ];
    const first = await service.crops(id, files());
    const [ig, copy, monocyte] = numbers(first.json);
    expect(copy).toBe(ig);
    expect([ig, monocyte].toSorted()).toEqual([1, 2]);
    const again = await service.crops(id, files());
    expect(again.json.results).toEqual(first.json.results);
    expect((await read()).json.cropCount).toBe(2);
  });

  it('gives one bad file its error, keeps the others, and takes the bad one later', async () => {
    await make();
    const { json } = await service.crops(id, [upload('formats/text.jpg'), upload('cells/ig.jpg')]);
    expect(json.results[0].error.code).toBe('not_an_image');
    expect(json.results[1]).toMatchObject({ index: 1, number: 1 });
    const alone = await service.crops(id, [upload('formats/text.jpg')]);
    expect([alone.status, alone.json.code]).toEqual([422, 'not_an_image']);
    expect((await read()).json.cropCount).toBe(1);
  });

  it('answers line by line', async () => {
    await make();
    const { text } = await service.crops(id, cells().slice(0, 3), { accept: 'application/x-ndjson' });
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ index }) => index)).toEqual([0, 1, 2, undefined]);
    expect(lines[3]).toMatchObject({ slide: id, imageCount: 3 });
  });

  it('takes one image as the body', async () => {
    await make();
    const { json } = await service.ask(`/v1/slides/${id}/crops`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg' },
      body: new Uint8Array(readFixture('cells/ig.jpg')),
    });
    expect(json.results[0]).toMatchObject({ crop: sha256('cells/ig.jpg'), number: 1 });
  });

  it('refuses crops of a slide that was not made', async () => {
    const { status, json } = await service.crops('unheard', cells());
    expect([status, json.code]).toEqual([404, 'unknown_slide']);
  });

  it('refuses new crops of a complete slide, and gives the old ones again', async () => {
    await make();
    const first = await service.crops(id, [upload('cells/ig.jpg')]);
    await complete();
    const { status, json } = await service.crops(id, [upload('cells/monocyte.jpg')]);
    expect([status, json.code]).toEqual([409, 'slide_complete']);
    const again = await service.crops(id, [upload('cells/ig.jpg')]);
    expect(again.json.results).toEqual(first.json.results);
  });

  it('bounds the crops of a slide', async () => {
    await make();
    await service.crops(id, cells());
    const { status, json } = await service.crops(id, [upload('formats/rgb.png')]);
    expect([status, json.code]).toEqual([413, 'too_many_crops']);
  });

  it('answers once for each Idempotency-Key', async () => {
    await make();
    const headers = { 'idempotency-key': 'k-1' };
    const files = [upload('cells/ig.jpg'), upload('formats/text.jpg')];
    const first = await service.crops(id, files, headers);
    const again = await service.crops(id, files, headers);
    expect(again.status).toBe(200);
    expect(again.text).toBe(first.text);
    const other = await service.crops(id, [upload('cells/monocyte.jpg')], headers);
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused']);
    expect((await read()).json.cropCount).toBe(1);
  });

  it('counts each crop once that comes many times at once', async () => {
    await make();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => service.crops(id, cells().slice(0, 4))),
    );
    for (const { json } of answers) {
      expect(json.results.map(({ crop }: { crop: string }) => crop)).toEqual(
        CLASSES.slice(0, 4).map((name) => sha256(`cells/${name}.jpg`)),
      );
    }
    const { cropCount, crops } = (await read()).json;
    expect(cropCount).toBe(4);
    expect(crops.map(({ number }: { number: number }) => number)).toEqual([1, 2, 3, 4]);
  });
});

describe('GET /v1/slides/:id', () => {
  it('gives the slide, its crops and its differential', async () => {
    await make({ whiteBloodCells: { value: 10 } });
    await service.crops(id, cells());
    const { status, json } = await read();
    expect(status).toBe(200);
    expect(json.crops).toHaveLength(8);
    expect(json.crops[0]).toMatchObject({ number: 1, byPerson: false, countsAs: json.crops[0].result.class });
    const { differential } = json;
    expect(differential).toMatchObject({ status: 'preliminary', sufficient: false, unidentifiedCount: 0 });
    const counted = [...differential.whiteCells, ...differential.per100WhiteCells, ...differential.apart];
    expect(counted.reduce((sum: number, figure: { count: number }) => sum + figure.count, 0)).toBe(8);
  });

  it('knows no other slides and no other formats', async () => {
    const unknown = await service.get('/v1/slides/unheard');
    expect([unknown.status, unknown.json.code]).toEqual([404, 'unknown_slide']);
    await make();
    const format = await service.get(`/v1/slides/${id}?format=docx`);
    expect([format.status, format.json.code]).toEqual([400, 'invalid_request']);
    const accept = await service.get(`/v1/slides/${id}`, { accept: 'image/png' });
    expect([accept.status, accept.json.code]).toEqual([406, 'not_acceptable']);
  });
});

describe('GET /v1/slides', () => {
  it('gives slides page by page', async () => {
    const specimenNumber = 'of the pages';
    const ids = ['page1', 'page2', 'page3'];
    for (const one of ids) await service.post('/v1/slides', { id: one, specimenNumber });
    const found: string[] = [];
    let cursor = '';
    for (let page = 0; page < 3; page++) {
      const query = new URLSearchParams({ specimenNumber, limit: '2', ...(cursor && { cursor }) });
      const { json } = await service.get(`/v1/slides?${query}`);
      found.push(...json.slides.map((slide: { id: string }) => slide.id));
      cursor = json.next;
      if (!cursor) break;
    }
    expect(found).toEqual(ids.toReversed());
    const wrong = await service.get('/v1/slides?cursor=x');
    expect([wrong.status, wrong.json.code]).toEqual([400, 'invalid_request']);
  });
});

describe('complete and verify', () => {
  it('make a slide final, by a named person and with corrections', async () => {
    await make();
    await service.crops(id, cells());
    const completed = await complete();
    expect(completed.json).toMatchObject({ status: 'complete', revision: 2 });
    expect((await complete()).json).toEqual(completed.json);
    const crop = sha256('cells/ig.jpg');
    const body = { by, revision: 2, corrections: [{ crop, class: 'artefact' }], comment: 'smear' };
    const verified = await verify(body);
    expect(verified.status).toBe(200);
    expect(verified.json).toMatchObject({ status: 'verified', revision: 3 });
    expect(verified.json.differential).toMatchObject({ status: 'final', notCountedCount: 1 });
    expect((await verify(body)).json).toEqual(verified.json);
    const { crops, verifications } = (await read()).json;
    expect(verifications).toEqual([
      { by, at: expect.any(String), corrections: body.corrections, comment: 'smear', revision: 3 },
    ]);
    expect(crops.find((one: { crop: string }) => one.crop === crop)).toMatchObject({
      countsAs: 'artefact',
      byPerson: true,
    });
    const corrected = await verify({ by, corrections: [{ crop, class: 'ig' }] });
    expect(corrected.json).toMatchObject({ status: 'corrected', revision: 4 });
    expect(corrected.json.differential).toMatchObject({ status: 'corrected', notCountedCount: 0 });
    const late = await verify({ by: { name: 'Grace Hopper' }, revision: 3 });
    expect([late.status, late.json.code]).toEqual([409, 'slide_changed']);
  });

  it.each([
    ['an open slide', false, { by }, 409, 'slide_open'],
    ['nobody', true, {}, 422, 'verifier_missing'],
    ['a name of spaces', true, { by: { name: ' ' } }, 422, 'verifier_missing'],
    [
      'a crop of another slide',
      true,
      { by, corrections: [{ crop: 'a'.repeat(64), class: 'ig' }] },
      422,
      'unknown_crop',
    ],
    ['a hash that is none', true, { by, corrections: [{ crop: 'x', class: 'ig' }] }, 400, 'invalid_request'],
    [
      'a class that is none',
      true,
      { by, corrections: [{ crop: sha256('cells/ig.jpg'), class: 'toString' }] },
      422,
      'unknown_class',
    ],
  ])('refuse %s', async (_what, isComplete, body, status, code) => {
    await make();
    await service.crops(id, [upload('cells/ig.jpg')]);
    if (isComplete) await complete();
    const answer = await verify(body);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });

  it('know no other slides', async () => {
    for (const answer of [await complete(), await verify({ by })]) {
      expect([answer.status, answer.json.code]).toEqual([404, 'unknown_slide']);
    }
  });

  it('write what is to be sent in the same transaction, or neither', async () => {
    await make();
    await complete();
    const messagesOf = async () =>
      [['keepAnswer', { slideId: id, idempotencyKey: 'sent', fingerprint: '', answer: '{}' }]] as const;
    const refuse = async () => [['completeSlide', { id: 'unheard', at: '' }]] as const;
    const { slides } = service.app;
    const store = await slides.store();
    const kept = () => store.read('findAnswer', { slideId: id, idempotencyKey: 'sent' });
    slides.messages.push(messagesOf, refuse);
    expect((await verify({ by })).status).toBe(404);
    expect(await kept()).toBeUndefined();
    slides.messages.pop();
    expect((await verify({ by })).json.status).toBe('verified');
    expect(await kept()).toBeDefined();
    slides.messages.pop();
  });
});
