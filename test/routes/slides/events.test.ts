import { afterAll, beforeAll, expect, it } from 'vitest';
import { upload } from '../../support/fixtures.js';
import { type SlideService, startSlideService } from '../../support/slide-service.js';

let service: SlideService;
beforeAll(async () => {
  service = await startSlideService();
});
afterAll(() => service?.close());

/** The data of each event, as it comes. */
async function* eventsOf(path: string, signal: AbortSignal) {
  const response = await service.request(path, { signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^event: progress\ndata: (.*)$/.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data) yield JSON.parse(data);
    }
  }
}

// The name of an event that emitters treat apart.
it.each(['events', 'error'])('tells of each change of the slide "%s"', async (id) => {
  await service.post('/v1/slides', { id, specimenNumber: 'S' });
  const leave = new AbortController();
  const events = eventsOf(`/v1/slides/${id}/events`, leave.signal);
  const next = async () => (await events.next()).value;
  expect(await next()).toEqual({ status: 'open', revision: 1, cropCount: 0, classes: {}, review: 0 });
  await service.crops(id, [upload('cells/ig.jpg')]);
  expect(await next()).toMatchObject({ status: 'open', cropCount: 1 });
  await service.post(`/v1/slides/${id}/complete`);
  expect(await next()).toMatchObject({ status: 'complete', revision: 2, cropCount: 1 });
  await service.post(`/v1/slides/${id}/verify`, { by: { name: 'Ada' } });
  expect(await next()).toMatchObject({ status: 'verified', revision: 3 });
  leave.abort();
  await expect(next()).rejects.toThrow();
});

it('ends when the service stops', async () => {
  const other = await startSlideService();
  await other.post('/v1/slides', { id: 'a', specimenNumber: 'S' });
  const response = await other.request('/v1/slides/a/events');
  const text = response.text();
  await other.close();
  expect(await text).toContain('"cropCount":0');
});

it('knows no other slides', async () => {
  const { status, json } = await service.get('/v1/slides/unheard/events');
  expect([status, json.code]).toEqual([404, 'unknown_slide']);
});
