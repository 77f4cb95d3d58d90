import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../../errors/responses.js';
import type { Slides } from '../../plugins/slides.js';
import { claimAt } from './review-answer.js';
import { slideIdSchema } from './schemas.js';

const EVENTS_TYPE = 'text/event-stream';
/** Least time between two events, so that a slide of many crops costs little. */
const PAUSE_MS = 250;
/** How often it is looked for what other processes have changed. */
const LOOK_MS = 1_000;
/** So that nobody on the way takes the connection for dead. */
const KEEP_ALIVE_MS = 15_000;

/** GET /v1/slides/:id/events: what becomes of a slide, as it happens. */
export const slideEventsRoute: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/v1/slides/:id/events',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'watchSlide',
        tags: ['slides'],
        summary: "A slide's progress, as server-sent events",
        description:
          'An event `progress` comes at once and after each change, at most four in a second. Its data is JSON with ' +
          '`status`, `revision`, `cropCount` and `classes`, the count of crops by class, and `review`, the count of ' +
          'those that a person must look at. While a person reviews the slide, `changeCount` is the number of steps so ' +
          'far and `claim` says who it is. The stream goes on until the client leaves.',
        params: slideIdSchema,
        response: {
          // Neither text nor JSON, to those who check answers against schemas: events with `event` and `data`.
          200: { description: 'Server-sent events', content: { [EVENTS_TYPE]: { schema: z.unknown() } } },
          ...problemResponses('invalid_request', 'unknown_slide', 'store_unavailable'),
        },
      },
    },
    async ({ params: { id } }, reply) => {
      await (await app.slides.store()).read('getSlide', { id });
      const end = new AbortController();
      const stop = () => end.abort();
      app.stop.signal.addEventListener('abort', stop);
      reply.raw.once('close', () => {
        app.stop.signal.removeEventListener('abort', stop);
        stop();
      });
      // A connection that is kept would hold a stop up, once its events have ended.
      reply.header('cache-control', 'no-store').header('connection', 'close').type(EVENTS_TYPE);
      return reply.send(Readable.from(events(app.slides, id, end.signal)) as never);
    },
  );
};

/** Ends with the signal, or when the slide is deleted. */
async function* events(slides: Slides, id: string, end: AbortSignal): AsyncGenerator<string, void> {
  const { shared } = await slides.store();
  let changed = false;
  let wake = () => {};
  const unwatch = slides.watch(id, () => {
    changed = true;
    wake();
  });
  end.addEventListener('abort', () => wake());
  let last = '';
  let sentMs = 0;
  try {
    while (!end.aborted) {
      changed = false;
      const data = await progress(slides, id).catch(() => undefined);
      if (data === undefined) return;
      const isDue = performance.now() - sentMs > KEEP_ALIVE_MS;
      if (data !== last || isDue) {
        yield data === last ? ': \n\n' : `event: progress\ndata: ${data}\n\n`;
        sentMs = performance.now();
      }
      last = data;
      await sleep(PAUSE_MS);
      if (!changed && !end.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, shared ? LOOK_MS : KEEP_ALIVE_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  } finally {
    unwatch();
  }
}

async function progress(slides: Slides, id: string): Promise<string> {
  const store = await slides.store();
  const [{ status, revision, cropCount }, counts, { changeCount, claim }] = await Promise.all([
    store.read('getSlide', { id }),
    store.read('countCrops', { slideId: id }),
    store.read('reviewState', { id }),
  ]);
  const classes: Record<string, number> = {};
  let review = 0;
  for (const { class: name, decision, count } of counts) {
    classes[name] = (classes[name] ?? 0) + count;
    if (decision === 'review') review += count;
  }
  const ofReview = { ...(changeCount > 0 && { changeCount }), ...claimAt(claim) };
  return JSON.stringify({ status, revision, cropCount, classes, review, ...ofReview });
}
