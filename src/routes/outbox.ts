import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../errors/responses.js';

const MAX_DEAD_LETTERS = 1000;

const stateSchema = z.enum(['waiting', 'sending', 'delivered', 'dead', 'discarded']);

const entrySchema = z
  .object({
    id: z.string(),
    destination: z.string(),
    slideId: z.string().describe('Or `specimen` and its number, of an order for an analyzer'),
    revision: z.int().describe('Of the slide'),
    controlId: z.string().describe("The receiver's name for it: MSH-10, or the webhook's id"),
    state: stateSchema,
    attempts: z.int(),
    createdAt: z.string(),
    reason: z.string().nullable().describe("Why the last attempt failed, in the receiver's words"),
  })
  .meta({ id: 'OutboxEntry' });

const outboxSchema = z
  .object({
    counts: z.array(
      z.object({
        destination: z.string(),
        state: stateSchema,
        count: z.int(),
        oldestAt: z.string().describe('When the oldest was written, or put back by a person'),
      }),
    ),
    deadLetters: z.array(entrySchema).describe(`The oldest first, at most ${MAX_DEAD_LETTERS}`),
  })
  .meta({ id: 'Outbox' });

const idSchema = z.object({ id: z.string().min(1).max(64) });

/** GET /v1/outbox, and for whoever has the scope `admin` what is done with dead letters. */
export const outboxRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/v1/outbox',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getOutbox',
        tags: ['operation'],
        summary: 'What is still to be sent to laboratory systems, and what could not be',
        response: { 200: outboxSchema, ...problemResponses('store_unavailable') },
      },
    },
    async () => {
      const store = await app.slides.store();
      const counts = await store.read('countMessages', {});
      return { counts, deadLetters: await store.read('deadLetters', { limit: MAX_DEAD_LETTERS }) };
    },
  );

  if (!app.auth.hasAdmin) return;
  const change = (name: 'resend' | 'discard', summary: string, description: string) =>
    app.post(
      `/v1/outbox/:id/${name}`,
      {
        config: { scope: 'admin' },
        schema: {
          operationId: `${name}Message`,
          tags: ['operation'],
          summary,
          description: `${description} The route is there only with HEMOSERVE_ADMIN_TOKEN or keys.`,
          params: idSchema,
          response: {
            200: entrySchema,
            ...problemResponses(
              'invalid_request',
              'unknown_message',
              'message_not_dead',
              ...(name === 'resend' ? (['message_empty'] as const) : []),
              'store_unavailable',
            ),
          },
        },
      },
      async ({ params: { id } }) => {
        const at = new Date().toISOString();
        const store = await app.slides.store();
        const [entry] = await store.write([`${name}Message`, { id, at }]);
        app.outbox.wake();
        return entry;
      },
    );
  change(
    'resend',
    'Send a dead letter again',
    'The same bytes with the same control ID, and then what waits behind it of the same slide.',
  );
  change(
    'discard',
    'Give a dead letter up',
    'It is never sent. What waits behind it of the same slide goes on.',
  );
};
