import type {} from 'fastify';
import fp from 'fastify-plugin';
import { Gauge } from 'prom-client';
import { Admission } from '../queues/admission.js';
import type { Settings } from '../settings/schema.js';

declare module 'fastify' {
  interface FastifyInstance {
    admission: Admission;
  }
}

/** Time for an upload to get going while nobody wants its place. */
const UPLOAD_GRACE_MS = 10_000;
/** How often it is looked for slow uploads. */
const LOOK_MS = 1_000;

/** The one admission of the process, with gauges of what it has given out. */
export const admissionPlugin = fp<{ settings: Settings }>(
  async (app, { settings }) => {
    const admission = new Admission(
      { images: settings.maxImagesInFlight, bytes: settings.maxBytesInFlight },
      {
        clientShare: settings.maxClientSharePercent / 100,
        minUploadBytesPerSecond: settings.minUploadBytesPerSecond,
      },
    );
    const watch = setInterval(() => admission.uploads.cutOffSlow(UPLOAD_GRACE_MS), LOOK_MS).unref();
    app.addHook('onClose', async () => clearInterval(watch));
    app.decorate('admission', admission);
    const registers = [app.metrics.registry];
    new Gauge({
      name: 'hemoserve_images_in_flight',
      help: 'Crops admitted and not yet done',
      registers,
      collect() {
        this.set(admission.held.images);
      },
    });
    new Gauge({
      name: 'hemoserve_bytes_in_flight',
      help: "Bytes of those crops' files; of one that is still read the most that it can have",
      registers,
      collect() {
        this.set(admission.held.bytes);
      },
    });
  },
  { name: 'admission', dependencies: ['metrics'] },
);
