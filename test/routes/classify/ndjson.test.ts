import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineSchema } from '../../../src/routes/classify/answers.js';
import { Conversation, END, halfAPart, type Line, part } from '../../support/conversation.js';
import { CLASSES, cells, readFixture, upload } from '../../support/fixtures.js';
import { GeneratedRegistry } from '../../support/generated-registry.js';
import { type Service, startService } from '../../support/service.js';

const NDJSON = { accept: 'application/x-ndjson' };
const MAX_FILES = 4;
const MAX_IMAGES_IN_FLIGHT = 32;

let registry: GeneratedRegistry;
let service: Service;
let url: string;
beforeAll(async () => {
  registry = await GeneratedRegistry.withSmallModel();
  service = await startService({
    modelsDir: registry.folder,
    maxFiles: MAX_FILES,
    maxImagesInFlight: MAX_IMAGES_IN_FLIGHT,
  });
  url = `http://127.0.0.1:${service.port}`;
});
afterAll(async () => {
  await service.close();
  registry.dispose();
});

async function linesOf(response: Response): Promise<Line[]> {
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  const lines = (await response.text()).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Line);
}

const inFlight = () => service.metric('hemoserve_images_in_flight');

describe('an answer as NDJSON', () => {
  it('has a line for each file in their order, more of them than fit in JSON, and a last one', async () => {
    const files = [...cells(), upload('formats/text.jpg'), ...cells()];
    const response = await service.classify(files, '', { headers: NDJSON });
    const lines = await linesOf(response);
    for (const line of lines) expect(lineSchema.parse(line)).toEqual(line);
    const last = lines.pop();
    expect(lines.map(({ index }) => index)).toEqual(files.map((_, index) => index));
    expect(lines.map(({ filename }) => filename)).toEqual(files.map(({ name }) => name));
    expect(lines[CLASSES.length]?.error?.code).toBe('not_an_image');
    expect(lines.filter((line) => line.class)).toHaveLength(2 * CLASSES.length);
    expect(last).toEqual({
      requestId: response.headers.get('x-request-id'),
      model: { name: 'small', version: '1.0.0' },
      trust: expect.objectContaining({ conformalLevel: 0.95 }),
      imageCount: files.length,
    });
  });

  it('says what the JSON answer says', async () => {
    const files = cells().slice(0, MAX_FILES);
    const lines = await linesOf(await service.classify(files, '', { headers: NDJSON }));
    const { results } = (await (await service.classify(files)).json()) as { results: Line[] };
    expect(lines.slice(0, -1)).toEqual(results);
  });

  it('is given only where Accept names it', async () => {
    for (const accept of ['*/*', 'application/json', 'application/x-ndjson-seq']) {
      const response = await service.classify([upload('cells/ig.jpg')], '', { headers: { accept } });
      expect(response.headers.get('content-type'), accept).toContain('application/json');
    }
    const headers = { accept: 'text/plain, Application/X-NDJSON;q=0.9' };
    expect(await linesOf(await service.classify([upload('cells/ig.jpg')], '', { headers }))).toHaveLength(2);
  });

  it('has a line for a bad file alone, too', async () => {
    const [line, last] = await linesOf(
      await service.classify([upload('formats/text.jpg')], '', { headers: NDJSON }),
    );
    expect(line).toMatchObject({ index: 0, error: { code: 'not_an_image' } });
    expect(last).toMatchObject({ imageCount: 1 });
  });

  it('comes line by line while the files are still sent', async () => {
    const conversation = new Conversation(url);
    for (const index of [0, 1, 2]) {
      await conversation.send(part(readFixture('cells/ig.jpg'), `${index}.jpg`));
      expect(await conversation.line()).toMatchObject({ index, filename: `${index}.jpg` });
    }
    conversation.request.end(END);
    expect(await conversation.rest()).toEqual([expect.objectContaining({ imageCount: 3 })]);
  });

  it('is a problem until its first line', async () => {
    const response = await service.classify([], '', { headers: NDJSON });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'no_file' });
  });

  it.each([
    ['a body that is no form any more', 'malformed_multipart', 'rubbish'],
    ['a field of another name', 'unexpected_field', part(Buffer.from('x'), 'a.jpg', 'picture')],
  ])('says in its last line that it failed: %s', async (_name, code, end) => {
    const before = await service.metric(`hemoserve_errors_total{code="${code}"}`);
    const conversation = new Conversation(url);
    await conversation.send(part(readFixture('cells/ig.jpg')));
    await conversation.send(part(readFixture('cells/ig.jpg')));
    conversation.request.end(end);
    const lines = await conversation.rest();
    expect(lines.map(({ index }) => index)).toEqual([0, 1, undefined]);
    const requestId = (await conversation.response).headers['x-request-id'];
    expect(lines.at(-1)).toMatchObject({ requestId, imageCount: 2, error: { code, requestId } });
    expect(await service.metric(`hemoserve_errors_total{code="${code}"}`)).toBe(before + 1);
    await expect.poll(inFlight).toBe(0);
  });

  it('ends when no line came in time, which each line gives anew', async () => {
    const conversation = new Conversation(url, '?timeoutMs=400');
    for (let index = 0; index < 4; index++) {
      await sleep(200);
      await conversation.send(part(readFixture('cells/ig.jpg')));
      expect(await conversation.line()).toMatchObject({ index });
    }
    // A file that never ends.
    conversation.request.write(halfAPart());
    await expect.poll(inFlight).toBe(1);
    expect(await conversation.rest()).toEqual([
      expect.objectContaining({
        imageCount: 4,
        error: expect.objectContaining({ code: 'deadline_exceeded' }),
      }),
    ]);
    expect(await inFlight()).toBe(0);
    conversation.request.destroy();
  });

  it('ends, with all permits back, when its client goes away', async () => {
    const counter = 'hemoserve_errors_total{code="client_closed_request"}';
    const before = await service.metric(counter);
    const conversation = new Conversation(url);
    await conversation.send(part(readFixture('cells/ig.jpg')));
    await conversation.line();
    conversation.request.write(halfAPart());
    await expect.poll(inFlight).toBe(1);
    conversation.request.destroy();
    await expect.poll(() => service.metric(counter)).toBe(before + 1);
    await expect.poll(inFlight).toBe(0);
  });
});

describe('a client that does not read', () => {
  const FILES = 1000;
  const counter = 'hemoserve_errors_total{code="not_an_image"}';
  /** Lines this long fill the sockets' buffers soon. */
  const longName = 'x'.repeat(60_000);

  /** Sends without reading until the service reads no more, and says how many files it has taken. */
  async function fill(conversation: Conversation): Promise<{ taken: number; sent: Promise<void> }> {
    const before = await service.metric(counter);
    const sent = (async () => {
      for (let index = 0; index < FILES; index++) {
        await conversation.send(part(Buffer.from('no image'), longName));
      }
      conversation.request.end(END);
    })();
    const taken = async () => (await service.metric(counter)) - before;
    let last = -1;
    for (let now = await taken(); now !== last; now = await taken()) {
      last = now;
      await sleep(300);
    }
    return { taken: last, sent };
  }

  it('is not read either, until it reads on', async () => {
    const conversation = new Conversation(url);
    const { taken, sent } = await fill(conversation);
    expect(taken).toBeLessThan(FILES / 2);
    const lines = await conversation.rest();
    await sent;
    expect(lines.slice(0, -1).map(({ index }) => index)).toEqual(Array.from({ length: FILES }, (_, i) => i));
    expect(lines.at(-1)).toMatchObject({ imageCount: FILES });
  });
});
