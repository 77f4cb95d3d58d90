import type { HTTPMethods } from 'fastify';
import fp from 'fastify-plugin';
import findMyWay from 'find-my-way';
import { ServiceError } from '../errors/problem.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** The error of a request that meets no route: 405 with the methods of its path, 404 where it has none. */
    unrouted(method: string, url: string): ServiceError;
  }
}

/** Knows which methods a path has, which Fastify's router does not tell: by the router that it is made of. */
export const knownMethodsPlugin = fp(
  async (app) => {
    const router = findMyWay();
    const known = new Set<HTTPMethods>();
    app.addHook('onRoute', ({ method, url }) => {
      // The preflights of every path, of which none has to exist.
      if (url === '*') return;
      for (const each of [method].flat() as HTTPMethods[]) {
        // A route that another plugin refuses may come once more.
        if (!router.hasRoute(each as findMyWay.HTTPMethod, url))
          router.on(each as findMyWay.HTTPMethod, url, () => {});
        known.add(each);
      }
    });
    app.decorate('unrouted', (method, url) => {
      const [path = url] = url.split('?', 1);
      const found = [...known].filter((each) => router.find(each as findMyWay.HTTPMethod, path));
      if (found.length === 0) return new ServiceError('unknown_route', 'No route has this path.');
      const allow = found.sort().join(', ');
      return new ServiceError('method_not_allowed', `${method} is no method of this path: ${allow}.`, {
        allow,
      });
    });
  },
  { name: 'known-methods' },
);
