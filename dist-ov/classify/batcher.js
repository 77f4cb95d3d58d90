import { FairQueue } from './fair-queue.js';
/**
 * Forms batches while the engine is busy: when it is free, it takes all that waits, up to the largest batch, one
 * crop of each request in turn. Unless `maxWaitMs` is set there is no timer, so a crop on an idle service runs at
 * once. The queue's bound is the admission's.
 *
 * An engine with parts runs a batch on each while there are crops for all of them, which gives the most crops per
 * second, and fewer crops on the whole of it, which answers them soonest. While all parts are busy, a full batch for
 * each may wait in the engine, so that none idles until this thread hears of a batch's end.
 */
export class Batcher {
    options;
    #queue = new FairQueue();
    /** Those that the engine has, running or next. */
    #batches = 0;
    /** Since when the queue has not been empty. */
    #queuedSinceMs = 0;
    #wait;
    constructor(options) {
        this.options = options;
    }
    /**
     * Queues one crop, uint8 (height, width, 3).
     *
     * @param signal of the crop's request; drops the crop if it is aborted before its batch forms.
     * @returns its logits, float32 (classes).
     */
    submit(pixels, signal) {
        return new Promise((resolve, reject) => {
            const queuedAtMs = performance.now();
            if (this.#queue.size === 0)
                this.#queuedSinceMs = queuedAtMs;
            this.#queue.push({ pixels, queuedAtMs, resolve, reject }, signal);
            this.#fill();
        });
    }
    /** Starts batches while the engine is free, or waits for the next one to fill. */
    #fill() {
        const { maxBatchSize, maxWaitMs = 0 } = this.options;
        while (this.#mayStart()) {
            const restMs = this.#queuedSinceMs + maxWaitMs - performance.now();
            if (maxWaitMs > 0 && restMs > 0 && this.#queue.size < maxBatchSize) {
                this.#wait ??= setTimeout(() => this.#start(), restMs);
                return;
            }
            this.#start();
        }
    }
    #mayStart() {
        const { concurrency = 1 } = this.options;
        if (this.#batches < concurrency)
            return this.#queue.size > 0;
        return this.#batches < 2 * concurrency && this.#queue.size >= this.#partSize;
    }
    get #partSize() {
        const { maxBatchSize, partSize = maxBatchSize } = this.options;
        return Math.min(maxBatchSize, partSize);
    }
    #start() {
        clearTimeout(this.#wait);
        this.#wait = undefined;
        const { maxBatchSize, concurrency = 1 } = this.options;
        const whole = concurrency === 1 || (this.#batches === 0 && this.#queue.size < concurrency);
        const freeParts = Math.max(1, concurrency - this.#batches);
        const size = whole ? maxBatchSize : Math.min(this.#partSize, Math.ceil(this.#queue.size / freeParts));
        const batch = [];
        while (batch.length < size) {
            const entry = this.#queue.shift();
            if (!entry)
                break;
            batch.push(entry);
        }
        if (batch.length === 0)
            return;
        // Beside one on the whole engine none is started.
        const count = whole ? 2 * concurrency : 1;
        this.#batches += count;
        void this.#runBatch(batch, whole ? 'whole' : 'part').then(() => {
            this.#batches -= count;
            this.#fill();
        });
    }
    async #runBatch(batch, share) {
        const { cropBytes, classCount, run, onBatch } = this.options;
        const startMs = performance.now();
        const waitMs = startMs - Math.min(...batch.map((entry) => entry.queuedAtMs));
        try {
            const pixels = new Uint8Array(batch.length * cropBytes);
            batch.forEach((entry, index) => {
                pixels.set(entry.pixels, index * cropBytes);
            });
            const { logits } = await run({ pixels, count: batch.length }, share);
            onBatch?.(batch.length, waitMs, performance.now() - startMs);
            batch.forEach((entry, index) => {
                entry.resolve(logits.subarray(index * classCount, (index + 1) * classCount));
            });
        }
        catch (error) {
            for (const entry of batch)
                entry.reject(error);
        }
    }
}
//# sourceMappingURL=batcher.js.map