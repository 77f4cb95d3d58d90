import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { preprocess } from '../images/preprocess.js';
import { FairQueue } from './fair-queue.js';
/** Preprocesses images for one model: so many at a time, one of each request in turn, none on the event loop. */
export class Preprocessor {
    spec;
    options;
    #queue = new FairQueue();
    #bmpPool;
    #running = 0;
    constructor(spec, options) {
        this.spec = spec;
        this.options = options;
        this.#bmpPool = new Piscina({
            // Compiled or not, as this file is.
            filename: fileURLToPath(new URL(`../images/bmp-worker${extname(import.meta.url)}`, import.meta.url)),
            minThreads: 0,
            maxThreads: options.threads,
            idleTimeout: 60_000,
        });
    }
    /**
     * @param encoded a JPEG, PNG, BMP or TIFF file; taken over, as its memory may move to another thread.
     * @param signal of the image's request; drops it if it is aborted while it waits.
     * @returns what `preprocess` returns. Rejects as that does.
     */
    run(encoded, signal) {
        return new Promise((resolve, reject) => {
            this.#queue.push({ encoded, queuedAtMs: performance.now(), resolve, reject }, signal);
            this.#fill();
        });
    }
    async close() {
        await this.#bmpPool.close();
    }
    #fill() {
        while (this.#running < this.options.threads) {
            const entry = this.#queue.shift();
            if (!entry)
                return;
            this.#running += 1;
            void this.#preprocess(entry).finally(() => {
                this.#running -= 1;
                this.#fill();
            });
        }
    }
    async #preprocess({ encoded, queuedAtMs, resolve, reject }) {
        const startMs = performance.now();
        try {
            resolve(await preprocess(encoded, this.spec, this.options.maxPixels, this.#decodeBmp));
        }
        catch (error) {
            reject(error);
        }
        this.options.onImage?.(startMs - queuedAtMs, performance.now() - startMs);
    }
    /** In a worker thread, to which the file's memory goes over: copying megabytes would hold the event loop up. */
    #decodeBmp = (encoded) => {
        const memory = encoded.buffer;
        return this.#bmpPool.run(encoded, { transferList: encoded.length === memory.byteLength ? [memory] : [] });
    };
}
//# sourceMappingURL=preprocessor.js.map