import { isDeepStrictEqual } from 'node:util';
import type { Classifier } from '../classify/classifier.js';
import type { ModelVersion } from '../registry/registry.js';

/** A version that was loaded, checked and warmed; see `startFastest`. */
export interface StartedModel {
  started: Classifier;
  improve?: (idle: () => Promise<void>) => Promise<Classifier | undefined>;
}

/** A request's hold on a model, which is not closed before `release` is called, once. */
export interface Lease {
  readonly classifier: Classifier;
  release(): void;
}

/** A loaded version. Each request leases it, so that it can be closed when the last one is done. */
export class ServedModel {
  #leases = 0;
  #onIdle: (() => void) | undefined;

  constructor(
    readonly classifier: Classifier,
    /** Memory that it takes, as measured when it was loaded. */
    readonly memoryMiB: number,
    /** Finds a way to run it that is clearly faster; where that was not measured yet. */
    readonly improve?: StartedModel['improve'],
  ) {}

  get model(): ModelVersion {
    return this.classifier.model;
  }

  /** Whether it serves that very version; not if somebody wrote that version's folder anew. */
  serves({ folder, manifest }: ModelVersion): boolean {
    return this.model.folder === folder && isDeepStrictEqual(this.model.manifest, manifest);
  }

  lease(): Lease {
    this.#leases += 1;
    return {
      classifier: this.classifier,
      release: () => {
        this.#leases -= 1;
        if (this.#leases === 0) this.#onIdle?.();
      },
    };
  }

  /** Closes the engine when the last lease has ended. Nobody may lease it from now on. */
  async retire(): Promise<void> {
    if (this.#leases > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await this.classifier.close();
  }
}
