import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { readFixture } from '../../support/fixtures.js';
import { type SlideService, startSlideService } from '../../support/slide-service.js';

const MAX_BYTES = 1_000_000;
let service: SlideService;
beforeAll(async () => {
  service = await startSlideService({ maxZipBytes: MAX_BYTES, maxFileBytes: 200_000, maxFiles: 9 });
});
afterAll(async () => {
  await service.close();
  // Nothing of any zip is left.
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('hemoserve-zip-'))).toEqual([]);
});

async function zipOf(files: Record<string, Buffer | string>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content as string), name);
  zip.end();
  return buffer(zip.outputStream as NodeJS.ReadableStream as import('node:stream').Readable);
}
const send = (body: Buffer, type = 'application/zip') =>
  service.ask('/v1/slides/whole', {
    method: 'POST',
    headers: { 'content-type': type },
    body: new Uint8Array(body),
  });
const json = (id: string) => JSON.stringify({ id, specimenNumber: 'S' });
const ig = readFixture('cells/ig.jpg');
const monocyte = readFixture('cells/monocyte.jpg');

it('makes, fills and completes a slide, and does so again without a change', async () => {
  const zip = await zipOf({
    'slide.json': json('zip1'),
    'crops/ig.jpg': ig,
    'crops/monocyte.jpg': monocyte,
    '__MACOSX/crops/._ig.jpg': 'x',
    'crops/.DS_Store': 'x',
  });
  const { status, json: answer } = await send(zip);
  expect(status).toBe(200);
  expect(answer.slide).toMatchObject({ id: 'zip1', status: 'complete', revision: 2, cropCount: 2 });
  expect(answer.results.map(({ filename }: { filename: string }) => filename)).toEqual([
    'ig.jpg',
    'monocyte.jpg',
  ]);
  const again = await send(zip);
  expect([again.json.results, again.json.slide]).toEqual([answer.results, answer.slide]);
});

it('takes the description as CSV, as spreadsheets write it', async () => {
  const csv =
    '\ufeffid,specimenNumber,patient.identifier,patient.familyName,whiteBloodCells.value,source\r\n' +
    'zip2,"S,1",P1,Müller,7.5,\r\n';
  const { json: answer } = await send(await zipOf({ 'slide.csv': csv, 'ig.jpg': ig }));
  expect(answer.slide).toMatchObject({
    id: 'zip2',
    specimenNumber: 'S,1',
    patient: { identifier: 'P1', familyName: 'Müller' },
    whiteBloodCells: { value: 7.5, withoutErythroblasts: false },
  });
  expect(answer.slide).not.toHaveProperty('source');
});

it('leaves a slide open that has a bad file', async () => {
  const { json: answer } = await send(
    await zipOf({ 'slide.json': json('zip3'), 'bad.jpg': 'no image', 'ig.jpg': ig }),
  );
  expect(answer.results[0].error.code).toBe('not_an_image');
  expect(answer.slide).toMatchObject({ status: 'open', cropCount: 1 });
});

it('gives a file that is too large its error', async () => {
  const { json: answer } = await send(
    await zipOf({ 'slide.json': json('zip4'), 'large.jpg': Buffer.alloc(200_001), 'ig.jpg': ig }),
  );
  expect(answer.results[0].error.code).toBe('file_too_large');
});

it('refuses a bomb: files that unpack to more than the bound', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 6 }, (_, index) => [`${index}.jpg`, Buffer.alloc(190_000)]),
  );
  const zip = await zipOf({ 'slide.json': json('bomb'), ...files });
  expect(zip.length).toBeLessThan(5000);
  const { status, json: problem } = await send(zip);
  expect([status, problem.code]).toEqual([413, 'archive_too_large']);
  expect((await service.get('/v1/slides/bomb')).status).toBe(404);
});

it('refuses a bomb that says it is small', async () => {
  const zip = await zipOf({ 'slide.json': json('liar'), 'big.jpg': Buffer.alloc(150_000) });
  // The unpacked size in the list at the zip's end.
  const entry = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  zip.writeUInt32LE(100, entry + 24);
  const { status, json: problem } = await send(zip);
  expect([status, problem.code]).toEqual([400, 'malformed_archive']);
});

it('refuses a zip of more bytes than the bound', async () => {
  const { status, json: problem } = await send(Buffer.alloc(MAX_BYTES + 1));
  expect([status, problem.code]).toEqual([413, 'archive_too_large']);
});

it.each([
  ['no zip', () => Buffer.from('no zip'), 'malformed_archive', 400],
  ['an empty body', () => Buffer.alloc(0), 'malformed_archive', 400],
  ['a zip without a description', () => zipOf({ 'ig.jpg': ig }), 'malformed_archive', 400],
  ['a zip without crops', () => zipOf({ 'slide.json': json('none') }), 'no_file', 400],
  ['a description that is no JSON', () => zipOf({ 'slide.json': '{', 'ig.jpg': ig }), 'invalid_request', 400],
  ['a CSV of two lines', () => zipOf({ 'slide.csv': 'id\na\nb\n', 'ig.jpg': ig }), 'invalid_request', 400],
  [
    'other data of a slide',
    () => zipOf({ 'slide.json': '{"id":"zip1","specimenNumber":"T"}', 'ig.jpg': ig }),
    'slide_exists',
    409,
  ],
  [
    'too many files',
    () =>
      zipOf({
        'slide.json': json('many'),
        ...Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`${index}.jpg`, ig])),
      }),
    'too_many_files',
    413,
  ],
])('refuses %s', async (_what, body, code, status) => {
  const answer = await send(await body());
  expect([answer.status, answer.json.code]).toEqual([status, code]);
});

it('refuses other bodies', async () => {
  const { status, json: problem } = await send(ig, 'image/jpeg');
  expect([status, problem.code]).toEqual([415, 'unsupported_content_type']);
});

describe('a form', () => {
  type Field = [name: string, content: Buffer | string, filename?: string, type?: string];
  const sendForm = (...fields: Field[]) => {
    const form = new FormData();
    for (const [name, content, filename, type = ''] of fields) {
      if (filename === undefined) form.append(name, String(content));
      else form.append(name, new File([new Uint8Array(Buffer.from(content as string))], filename, { type }));
    }
    return service.ask('/v1/slides/whole', { method: 'POST', body: form });
  };
  const image = (name: string, content = ig): Field => ['image', content, name];
  const csv = (...lines: string[]): Field => ['slide', lines.join('\n'), 'slide.csv', 'text/csv'];
  const codes = (results: { filename: string; error?: { code: string } }[]) =>
    results.map(({ filename, error }) => [filename, error?.code]);

  it('of a CSV that names the crops, and of their images, is a whole slide, again without a change', async () => {
    const fields = [
      csv('id,specimenNumber,patient.identifier,file,cropId', 'form1,S,P1,ig.jpg,c-7', ',,,monocyte.jpg,c-8'),
      image('monocyte.jpg', monocyte),
      image('ig.jpg'),
    ];
    const { status, json: answer } = await sendForm(...fields);
    expect(status).toBe(200);
    expect(answer.slide).toMatchObject({
      ...{ id: 'form1', status: 'complete', cropCount: 2, patient: { identifier: 'P1' } },
    });
    expect(answer.results).toMatchObject([
      { index: 0, filename: 'monocyte.jpg', cropId: 'c-8' },
      { index: 1, filename: 'ig.jpg', cropId: 'c-7' },
    ]);
    const again = await sendForm(...fields);
    expect([again.json.results, again.json.slide]).toEqual([answer.results, answer.slide]);
    const { crops } = (await service.get('/v1/slides/form1')).json;
    expect(new Map(crops.map((crop: { crop: string; cropId: string }) => [crop.cropId, crop.crop]))).toEqual(
      new Map([
        ['c-7', answer.results[1].crop],
        ['c-8', answer.results[0].crop],
      ]),
    );
  });

  it('stays open where a file is missing, not listed or there twice; then it is completed', async () => {
    const list = csv('id,specimenNumber,file', 'form2,S,ig.jpg', ',,monocyte.jpg');
    const first = await sendForm(list, image('ig.jpg'), image('ig.jpg'), image('other.jpg', monocyte));
    expect(codes(first.json.results)).toEqual([
      ['ig.jpg', undefined],
      ['ig.jpg', 'unlisted_file'],
      ['other.jpg', 'unlisted_file'],
      ['monocyte.jpg', 'missing_file'],
    ]);
    expect(first.json.slide).toMatchObject({ status: 'open', cropCount: 1 });
    const second = await sendForm(list, image('ig.jpg'), image('monocyte.jpg', monocyte));
    expect(second.json.slide).toMatchObject({ status: 'complete', cropCount: 2 });
  });

  it('may describe the slide alone, as JSON or CSV; then all its images are crops', async () => {
    const { json: answer } = await sendForm(['slide', json('form3'), 'slide.json'], image('x.jpg'));
    expect(answer.slide).toMatchObject({ id: 'form3', status: 'complete', cropCount: 1 });
    const text = await sendForm(['slide', 'id,specimenNumber\nform4,S'], image('x.jpg'));
    expect(text.json.slide).toMatchObject({ id: 'form4', status: 'complete', cropCount: 1 });
    expect(text.json.results[0]).not.toHaveProperty('cropId');
  });

  it('in a zip is the same: the CSV names the files by their paths, or by their last parts', async () => {
    const { json: answer } = await send(
      await zipOf({
        'run/slide.csv': 'id,specimenNumber,file,cropId\nzip5,S,a/x.jpg,1\nzip5,S,y.jpg,2\n',
        'a/x.jpg': ig,
        'b/x.jpg': monocyte,
        'run/y.jpg': monocyte,
      }),
    );
    expect(answer.results).toMatchObject([
      { filename: 'a/x.jpg', cropId: '1' },
      { filename: 'x.jpg', error: { code: 'unlisted_file' } },
      { filename: 'y.jpg', cropId: '2' },
    ]);
    expect(answer.slide.status).toBe('open');
  });

  const list = csv('id,specimenNumber,file', 'bad,S,a.jpg');
  const bad: [string, Field[], code: string, status: number][] = [
    ['images before the description', [image('a.jpg'), list], 'invalid_request', 400],
    ['no description', [image('a.jpg')], 'invalid_request', 400],
    ['no part at all', [], 'invalid_request', 400],
    ['no crops', [csv('id,specimenNumber', 'bad,S')], 'no_file', 400],
    ['only crops that are missing', [list], 'missing_file', 400],
    ['another field', [list, ['file', 'x', 'a.jpg']], 'unexpected_field', 400],
    ['two slides', [csv('id,specimenNumber,file', 'bad,S,a', 'bad2,S,b')], 'invalid_request', 400],
    ['a slide that the first line does not name', [csv('id,file', ',a', 'bad,b')], 'invalid_request', 400],
    ['a file twice', [csv('id,specimenNumber,file', 'bad,S,a', 'bad,S,a')], 'invalid_request', 400],
    [
      'an id of two crops',
      [csv('id,specimenNumber,file,cropId', 'b,S,a,1', ',,c,1')],
      'invalid_request',
      400,
    ],
    ['a line without a file', [csv('id,specimenNumber,file', 'bad,S,a', 'bad,S,')], 'invalid_request', 400],
    ['a cropId that is too long', [csv('id,file,cropId', `b,a,${'x'.repeat(257)}`)], 'invalid_request', 400],
    ['two lines without files', [csv('id,specimenNumber', 'bad,S', 'bad,S')], 'invalid_request', 400],
    ['too large a description', [['slide', 'x'.repeat(140_000), 'slide.csv']], 'file_too_large', 413],
    ['too many files', [list, ...Array.from({ length: 10 }, () => image('a.jpg'))], 'too_many_files', 413],
    ['other data of a slide', [csv('id,specimenNumber', 'zip1,T'), image('a.jpg')], 'slide_exists', 409],
  ];
  it.each(bad)('is refused with %s', async (_what, fields, code, status) => {
    const answer = await sendForm(...fields);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });
});
