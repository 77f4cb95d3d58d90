import { isDeepStrictEqual } from 'node:util';
/** A loaded version. Each request leases it, so that it can be closed when the last one is done. */
export class ServedModel {
    classifier;
    memoryMiB;
    #leases = 0;
    #onIdle;
    constructor(classifier, 
    /** Memory that it takes, as measured when it was loaded. */
    memoryMiB) {
        this.classifier = classifier;
        this.memoryMiB = memoryMiB;
    }
    get model() {
        return this.classifier.model;
    }
    /** Whether it serves that very version; not if somebody wrote that version's folder anew. */
    serves({ folder, manifest }) {
        return this.model.folder === folder && isDeepStrictEqual(this.model.manifest, manifest);
    }
    lease() {
        this.#leases += 1;
        return {
            classifier: this.classifier,
            release: () => {
                this.#leases -= 1;
                if (this.#leases === 0)
                    this.#onIdle?.();
            },
        };
    }
    /** Closes the engine when the last lease has ended. Nobody may lease it from now on. */
    async retire() {
        if (this.#leases > 0) {
            await new Promise((resolve) => {
                this.#onIdle = resolve;
            });
        }
        await this.classifier.close();
    }
}
//# sourceMappingURL=served-model.js.map