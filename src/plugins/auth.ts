import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { Authenticator } from '../auth/authenticator.js';
import type { Caller } from '../auth/caller.js';
import { ServiceError } from '../errors/problem.js';
import { problemResponses } from '../errors/responses.js';
import type { Settings } from '../settings/schema.js';
import type { Scope } from '../vocabulary/scopes.js';

declare module 'fastify' {
  interface FastifyInstance {
    auth: Authenticator;
  }
  interface FastifyRequest {
    /** Who sent it; undefined where nobody is asked. */
    caller: Caller | undefined;
  }
  interface FastifyContextConfig {
    /** What a caller of the route needs: a scope, one of several, or nothing. Each route says it. */
    scope?: Scope | readonly Scope[] | 'open';
  }
}

const CHALLENGE = 'Bearer realm="hemoserve"';

/** Asks who calls, before anything of a request is read (RFC 6750). A route that declares no scope ends the start. */
export const authPlugin = fp<{ settings: Settings }>(
  async (app, { settings }) => {
    const auth = await Authenticator.open(settings);
    app.decorate('auth', auth);
    app.decorateRequest('caller', undefined);
    app.addHook('onRoute', documentScopes);
    app.addHook('onRequest', async (request, reply) => {
      if (request.is404) return;
      const scopes = scopesOf(request.routeOptions.config.scope);
      if (scopes === 'open' || !auth.asksFor(scopes)) return;
      request.caller = await identify(auth, request, reply);
      requireScope(request.caller, scopes, reply);
    });
  },
  { name: 'auth', dependencies: ['problems', 'request-log'] },
);

/** A route of unknown scopes is nobody's. */
function scopesOf(declared: Scope | readonly Scope[] | 'open' = []): readonly Scope[] | 'open' {
  if (declared === 'open') return declared;
  return typeof declared === 'string' ? [declared] : declared;
}

/** @throws {ServiceError} unauthorized or auth_unavailable */
async function identify(
  auth: Authenticator,
  { headers, log }: FastifyRequest,
  reply: FastifyReply,
): Promise<Caller> {
  const token = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) {
    reply.header('www-authenticate', CHALLENGE);
    throw new ServiceError('unauthorized', 'The request needs a key or a token, as Authorization: Bearer.');
  }
  const caller = await auth.identify(token).catch((error: Error) => {
    log.error(error.cause, 'the keys of the issuer of tokens cannot be had');
    throw error;
  });
  if (caller) return caller;
  reply.header('www-authenticate', `${CHALLENGE}, error="invalid_token"`);
  throw new ServiceError('unauthorized', 'The key or token is unknown or has expired.');
}

/** @throws {ServiceError} insufficient_scope */
function requireScope(caller: Caller, scopes: readonly Scope[], reply: FastifyReply): void {
  if (scopes.some((scope) => caller.scopes.has(scope))) return;
  const scope = scopes.join(' ');
  reply.header('www-authenticate', `${CHALLENGE}, error="insufficient_scope", scope="${scope}"`);
  throw new ServiceError('insufficient_scope', `The request needs the scope ${scopes.join(' or ')}.`);
}

/** Puts what the scope means into the route's description. @throws {Error} where there is none. */
function documentScopes(route: RouteOptions): void {
  const { scope: declared } = route.config ?? {};
  if (declared === undefined) {
    throw new Error(`${route.method} ${route.url} declares no scope: config: { scope: 'read' }, or 'open'`);
  }
  const scopes = scopesOf(declared);
  if (scopes === 'open' || !route.schema) return;
  // Where there are no keys only admin routes ask.
  const nobodyAsked = scopes.includes('admin') ? [] : [{}];
  route.schema.security = [...scopes.map((scope) => ({ bearer: [scope] })), ...nobodyAsked];
  const { response } = route.schema;
  route.schema.response = {
    ...problemResponses('unauthorized', 'insufficient_scope', 'too_many_requests'),
    ...(response as object | undefined),
  };
}
