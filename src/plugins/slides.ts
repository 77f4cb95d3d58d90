import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import fp from 'fastify-plugin';
import type { Settings } from '../settings/schema.js';
import type { SlideReport } from '../slides/report.js';
import type { Correction } from '../slides/verification.js';
import { type Vocabulary, vocabularySchema } from '../slides/vocabulary.js';
import { storeFailure } from '../store/failures.js';
import type { CropImages } from '../store/images/images.js';
import { openImages } from '../store/images/open.js';
import type { SlideContent } from '../store/operations/slides.js';
import type { Call, Store } from '../store/store.js';
import { deleteOldSlides } from './slide-retention.js';

/** What is sent of a verified slide: operations for the transaction that verifies it. */
export type SlideMessages = (report: SlideReport) => Promise<readonly Call[]>;

/** The slides of the process. */
export interface Slides {
  /** Opened when it is first asked for. @throws {ServiceError} store_unavailable, and the next one tries again. */
  store(): Promise<Store>;
  readonly vocabulary: Vocabulary;
  /** Where images of crops are kept, if they are. */
  readonly images: CropImages | undefined;
  /** All that there is to say of a slide, with corrections that nobody has verified yet if there are some. */
  report(content: SlideContent, pending?: readonly Correction[]): Promise<SlideReport>;
  /** Tells whoever watches a slide that this process has changed it. */
  changed(id: string): void;
  /** @returns ends the watch. */
  watch(id: string, onChange: () => void): () => void;
  /** Asked before a slide is verified, each for its own messages. */
  readonly messages: SlideMessages[];
}

declare module 'fastify' {
  interface FastifyInstance {
    slides: Slides;
  }
}

export const slidesPlugin = fp<{ settings: Settings }>(
  async (app, { settings }) => {
    const vocabulary = readVocabulary(settings.differentialFile);
    const images = await openImages(settings, app.log);
    let opening: Promise<Store> | undefined;
    let stopDeleting = () => {};

    async function open(): Promise<Store> {
      try {
        // Heavy, and used by nobody who only classifies.
        const { openStore } = await import('../store/open.js');
        const store = await openStore(settings.database, app.log);
        stopDeleting = deleteOldSlides(store, settings.slideRetentionDays, app.log, async (ids) =>
          images?.delete(ids),
        );
        return store;
      } catch (error) {
        opening = undefined;
        throw storeFailure(error, app.log);
      }
    }

    // One listener for each client that watches a slide.
    const changes = new EventEmitter().setMaxListeners(0);
    app.decorate('slides', {
      store() {
        opening ??= open();
        return opening;
      },
      vocabulary,
      images,
      async report(content, pending = []) {
        const { reportOf } = await import('../slides/count.js');
        return reportOf({ ...content, pending, vocabulary, confusionOf });
      },
      changed: (id) => changes.emit(eventOf(id)),
      watch(id, onChange) {
        changes.on(eventOf(id), onChange);
        return () => changes.off(eventOf(id), onChange);
      },
      messages: [],
    } satisfies Slides);
    app.addHook('onClose', async () => {
      stopDeleting();
      await (await opening?.catch(() => undefined))?.close();
      images?.close();
    });

    function confusionOf({ name, version }: { name: string; version: string }) {
      const found = app.modelHost
        .registry()
        .versions.find(({ manifest }) => manifest.name === name && manifest.version === version);
      const counts = found?.manifest.metrics.confusion;
      return counts && found && { classes: found.manifest.classes, counts };
    }
  },
  { name: 'slides', dependencies: ['model-host'] },
);

/** A slide may be named "error", which is no event like others. */
function eventOf(id: string): string {
  return `slide ${id}`;
}

/** @throws {Error} which says what is wrong with the file. */
function readVocabulary(file: string): Vocabulary {
  try {
    return vocabularySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`HEMOSERVE_DIFFERENTIAL_FILE, ${file}: ${(error as Error).message}`, { cause: error });
  }
}
