import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
