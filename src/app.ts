import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { admissionPlugin } from './plugins/admission.js';
import { authPlugin } from './plugins/auth.js';
import { clientErrorsPlugin, refuseUnparsed } from './plugins/client-errors.js';
import { connectionLimitsPlugin } from './plugins/connection-limits.js';
import { connectionsPlugin } from './plugins/connections.js';
import { corsPlugin } from './plugins/cors.js';
import { docsPlugin } from './plugins/docs.js';
import { knownMethodsPlugin } from './plugins/known-methods.js';
import { metricsPlugin } from './plugins/metrics.js';
import { modelHostPlugin } from './plugins/model-host.js';
import { openapiPlugin } from './plugins/openapi.js';
import { pipeliningPlugin } from './plugins/pipelining.js';
import { problemsPlugin, sendUnrouted } from './plugins/problems.js';
import { rateLimitPlugin } from './plugins/rate-limit.js';
import { requestLogPlugin } from './plugins/request-log.js';
import { securityHeadersPlugin } from './plugins/security-headers.js';
import { tlsOptions, tlsPlugin } from './plugins/tls.js';
import { tracingPlugin } from './plugins/tracing.js';
import { workbenchPlugin } from './plugins/workbench.js';
import type { Settings } from './settings/schema.js';

/** Ids that clients may choose: short and harmless in a log. */
const CLIENT_REQUEST_ID = /^[\w.:-]{1,64}$/;

const HTTP = {
  /** Time for a request's header. */
  headersTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  // plugins/client-errors.ts checks it.
  requireHostHeader: false,
};
const CONNECTION_SPARE_MS = 30_000;

/**
 * Builds the service without listening. A request may bring its id in X-Request-Id.
 *
 * @param loadAtOnce begins to load the models meanwhile, as `app.firstLoad`; else `app.modelHost.load()` does it.
 */
export async function buildApp(settings: Settings, { loadAtOnce = false } = {}): Promise<FastifyInstance> {
  // An app over TLS has another type, and nothing else that differs.
  const tls = (await tlsOptions(settings)) as object | undefined;
  const app = Fastify({
    // A host's name and process id are the container's business.
    logger: { level: settings.logLevel, base: null },
    // plugins/request-log.ts writes the one line.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // Given here, so that Fastify does not load its own, which takes 60 ms. Its types know those alone.
    schemaController: {
      compilersFactory: {
        buildValidator: () => validatorCompiler as never,
        buildSerializer: () => serializerCompiler as never,
      },
    },
    // While it stops, the service answers in its own problem format, with Retry-After.
    return503OnClosing: false,
    // A URL that cannot be parsed meets no route, so no error handler either.
    frameworkErrors: sendUnrouted,
    // Neither does what Node's parser refuses.
    clientErrorHandler: refuseUnparsed,
    // A connection on which nothing moves for longer than any answer may take: nobody reads it.
    connectionTimeout: settings.timeoutMs + CONNECTION_SPARE_MS,
    // A body has no time of its own, since an NDJSON upload may go on for hours: its least rate is its bound.
    requestTimeout: 0,
    ...(tls ? { https: { ...HTTP, ...tls } } : { http: HTTP }),
    genReqId: ({ headers }) => {
      const id = headers['x-request-id'];
      return typeof id === 'string' && CLIENT_REQUEST_ID.test(id) ? id : randomUUID();
    },
  });
  try {
    await assemble(app, settings, loadAtOnce);
  } catch (error) {
    // A process that exits while a model loads would be aborted.
    await app.close();
    throw error;
  }
  return app;
}

async function assemble(app: FastifyInstance, settings: Settings, loadAtOnce: boolean): Promise<void> {
  // Only the routes that read a body have parsers; what else is sent is thrown away.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));
  // Before any route.
  await app.register(knownMethodsPlugin);
  await app.register(pipeliningPlugin);
  await app.register(connectionsPlugin);
  await app.register(metricsPlugin);
  await app.register(modelHostPlugin, { settings, loadAtOnce });
  await app.register(problemsPlugin);
  await app.register(requestLogPlugin);
  await app.register(tracingPlugin, { settings });
  await app.register(clientErrorsPlugin);
  await app.register(connectionLimitsPlugin, { settings });
  await app.register(tlsPlugin, { settings });
  await app.register(securityHeadersPlugin, { settings });
  await app.register(corsPlugin, { settings });
  await app.register(authPlugin, { settings });
  await app.register(rateLimitPlugin, { settings });
  await app.register(openapiPlugin);
  await app.register(docsPlugin);
  if (settings.workbench === 'on') await app.register(workbenchPlugin);
  await app.register(admissionPlugin, { settings });
  // Imported here, so that the engine loads its model while this thread compiles what answers with it.
  const { api } = await import('./api.js');
  await app.register(api, { settings });
  await app.ready();
}
