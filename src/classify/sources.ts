import { LRUCache } from 'lru-cache';
import { modelId } from '../registry/registry.js';
import type { Quantity, Reference } from '../trust/drift/quantities.js';
import { type QuantityShift, type SourceState, SourceWindow } from '../trust/drift/source-window.js';
import type { Classification, Classifier } from './classifier.js';

/** Sources that are watched at a time; the one that sent nothing for longest is forgotten first. */
const MOST_SOURCES = 64;

/** How a source stands, in short. */
export interface SourceStatus {
  name: string;
  state: SourceState;
  /** What is not as in the model's reference. */
  shifted: readonly Quantity[];
}

/** All that is known of a source. */
export interface SourceReport extends SourceStatus {
  model: { name: string; version: string };
  /** Crops since the service watches it. */
  seen: number;
  /** ISO 8601, UTC. */
  lastSeenAt: string;
  /** Of the last crops, those that a person must review. */
  classes: { shares: Record<string, number>; stabilityIndex: number };
  quantities: QuantityShift[];
}

interface Watched {
  name: string;
  model: { name: string; version: string };
  reference: Reference;
  window: SourceWindow;
  lastSeenMs: number;
}

/** Watches what each analyzer sends, for each model, against the model's reference. */
export class Sources {
  readonly #watched = new LRUCache<string, Watched>({ max: MOST_SOURCES });

  /** Counts a crop of a source; nothing where the version has no reference. */
  record(source: string, classifier: Classifier, { class: className, ...result }: Classification): void {
    const watched = this.#watch(source, classifier);
    if (!watched) return;
    watched.lastSeenMs = Date.now();
    watched.window.add(className, {
      probability: result.probability,
      ...(result.novelty && { novelty: result.novelty.score }),
      ...result.quality?.measures,
    });
  }

  /** Undefined where the version has no reference. */
  status(source: string, classifier: Classifier): SourceStatus | undefined {
    const watched = this.#watch(source, classifier);
    return watched && { name: source, state: watched.window.state, shifted: watched.window.shifted };
  }

  /** All that are watched, by their names. */
  reports(): SourceReport[] {
    return [...this.#watched.values()]
      .map(({ name, model, window, lastSeenMs }) => ({
        name,
        model,
        state: window.state,
        shifted: window.shifted,
        seen: window.seen,
        lastSeenAt: new Date(lastSeenMs).toISOString(),
        classes: window.classes(),
        quantities: window.quantities(),
      }))
      .sort((a, b) => a.name.localeCompare(b.name, 'en'));
  }

  #watch(source: string, { model, reference }: Classifier): Watched | undefined {
    if (!reference) return undefined;
    const { name, version } = model.manifest;
    const key = `${source} ${modelId(model.manifest)}`;
    const known = this.#watched.get(key);
    // In another precision, or written anew, a model begins anew.
    if (known?.reference === reference) return known;
    const window = new SourceWindow(reference);
    const watched = { name: source, model: { name, version }, reference, window, lastSeenMs: Date.now() };
    this.#watched.set(key, watched);
    return watched;
  }
}
