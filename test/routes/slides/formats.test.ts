import type { Bundle, Observation } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMessage } from '../../../src/lis/hl7/parse.js';
import { cells } from '../../support/fixtures.js';
import { type SlideService, startSlideService } from '../../support/slide-service.js';

const PATIENT = { identifier: 'P|1', familyName: 'Ünal\nŁ', givenName: 'Zoë' };

let service: SlideService;
beforeAll(async () => {
  service = await startSlideService({}, 'monocyte');
  await makeSlide(service);
});
afterAll(() => service.close());

/** A complete slide with a crop of each class. */
async function makeSlide(to: SlideService) {
  await to.post('/v1/slides', { id: 'one', specimenNumber: 'S^1', orderNumber: 'O&1', patient: PATIENT });
  await to.crops('one', cells());
  await to.post('/v1/slides/one/complete');
}
const read = (query: string, headers?: Record<string, string>) =>
  service.get(`/v1/slides/one${query}`, headers);

describe('GET /v1/slides/:id in the formats of laboratory systems', () => {
  it.each([
    ['fhir', 'application/fhir+json', /^\{"resourceType":"Bundle","type":"transaction",/],
    ['oru_r01', 'application/hl7-v2', /^MSH\|.*\|ORU\^R01\^ORU_R01\|/],
    ['oul_r22', 'application/hl7-v2', /^MSH\|.*\|OUL\^R22\^OUL_R22\|/],
    ['law', 'application/hl7-v2', /^MSH\|.*\|LAB-29\^IHE\r/],
    ['astm', 'application/x-astm', /^H\|\\\^&\|/],
    ['csv', 'text/csv', /^slide,specimen_number,/],
  ])('gives ?format=%s as %s', async (format, mediaType, begin) => {
    const { status, headers, text } = await read(`?format=${format}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(`${mediaType}; charset=utf-8`);
    expect(headers.get('vary')).toContain('accept');
    expect(text).toMatch(begin);
    expect((await read(`?format=${format}`)).text).toBe(text);
  });

  it.each([
    ['application/fhir+json', 'application/fhir+json'],
    ['application/fhir+json; fhirVersion=4.0;q=0.9, text/plain', 'application/fhir+json'],
    ['application/hl7-v2', 'application/hl7-v2'],
    ['application/x-astm;q=0.5, text/csv', 'text/csv'],
    ['*/*', 'application/json'],
  ])('gives what Accept: %s asks for', async (accept, mediaType) => {
    const { status, headers } = await read('', { accept });
    expect([status, headers.get('content-type')?.split(';')[0]]).toEqual([200, mediaType]);
  });

  it('has the same figures in each, and names as they were', async () => {
    const { json } = await read('');
    const figures: { class: string; count: number; n: number }[] = json.differential.whiteCells;
    const bundle = JSON.parse((await read('?format=fhir')).text) as Bundle;
    const observations = (bundle.entry ?? [])
      .map(({ resource }) => resource)
      .filter((resource): resource is Observation => resource?.resourceType === 'Observation');
    const counts = observations.map(({ component = [] }) =>
      component.slice(0, 2).map((one) => one.valueInteger),
    );
    expect(counts.slice(0, figures.length)).toEqual(figures.map(({ count, n }) => [count, n]));
    const message = parseMessage((await read('?format=oru_r01')).text);
    expect([message.first('PID')?.text(3), message.first('PID')?.text(5)]).toEqual(['P|1', 'Ünal\nŁ']);
    expect([message.first('SPM')?.text(2), message.first('OBR')?.text(2)]).toEqual(['S^1', 'O&1']);
  });

  it('says that it is preliminary until a person has verified it, then final, then corrected', async () => {
    const statuses = async () => {
      const bundle = JSON.parse((await read('?format=fhir')).text) as Bundle;
      const report = bundle.entry?.at(-1)?.resource;
      const message = parseMessage((await read('?format=law')).text);
      return [
        report && 'status' in report && report.status,
        ...new Set(message.groups('OBX').map(([obx]) => obx?.text(11))),
      ];
    };
    expect(await statuses()).toEqual(['partial', 'P']);
    await service.post('/v1/slides/one/verify', { by: { name: 'Ada' } });
    expect(await statuses()).toEqual(['final', 'F']);
    await service.post('/v1/slides/one/verify', { by: { name: 'Grace' }, comment: 'again' });
    expect(await statuses()).toEqual(['corrected', 'C']);
  });

  it('documents each media type', () => {
    const { paths } = service.app.swagger() as {
      paths: Record<string, { get: { responses: Record<string, { content: object }> } }>;
    };
    const content = paths['/v1/slides/{id}']?.get.responses['200']?.content ?? {};
    expect(Object.keys(content)).toEqual([
      'application/json',
      'application/fhir+json',
      'application/hl7-v2',
      'application/x-astm',
      'text/csv',
    ]);
  });
});

it('a letter that the character set lacks is a 406, and never sent as another one', async () => {
  const latin = await startSlideService({ hl7Charset: '8859/1' });
  await makeSlide(latin);
  const { status, json } = await latin.get('/v1/slides/one?format=oru_r01');
  expect([status, json.code]).toEqual([406, 'not_acceptable']);
  expect(json.detail).toContain("'Ł' is not in the character set 8859/1");
  await latin.post('/v1/slides', { id: 'two', specimenNumber: 'Sé' });
  const response = await latin.request('/v1/slides/two?format=oru_r01');
  expect(response.headers.get('content-type')).toBe('application/hl7-v2; charset=iso-8859-1');
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(parseMessage(bytes).first('SPM')?.text(2)).toBe('Sé');
  expect(bytes.includes(0xe9)).toBe(true);
  await latin.close();
});
