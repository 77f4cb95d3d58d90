import fp from 'fastify-plugin';
import { loadLisOptions } from '../lis/load-options.js';
import type { LisOptions } from '../lis/options.js';
import type { Settings } from '../settings/schema.js';
import { version } from '../settings/version.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** What the laboratory's systems are called, and the codes of figures. */
    lis: LisOptions;
  }
}

/** Reads the settings of the laboratory's systems once; a wrong file of codes ends the start. */
export const lisPlugin = fp<{ settings: Settings }>(
  async (app, { settings }) => {
    app.decorate('lis', loadLisOptions(settings, version));
  },
  { name: 'lis' },
);
