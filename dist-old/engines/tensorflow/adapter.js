import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ServiceError } from '../../errors/problem.js';
import { blankBatch, checkOutput, } from '../engine.js';
import { ModelProcess, ProcessEnded } from './model-process.js';
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A process that ran for so long did not die of how it was started. */
const STABLE_MS = 60_000;
/**
 * tfjs-node in a child process, since `predict` blocks its thread, and a fault in it or the lack of memory should
 * end no more than that. A process that dies is started again, with growing delays.
 */
export class TensorFlowEngine {
    options;
    #manifest;
    #batchSizes = [];
    #loaded;
    /** The newest process, in whatever state. */
    #process;
    /** The same once it can run the model, until it dies. */
    #ready;
    #readyAtMs = 0;
    #startDurationMs = 0;
    /** Starts since a process was stable. */
    #restarts = 0;
    #running = new Set();
    #closing = new AbortController();
    constructor(options) {
        this.options = options;
    }
    async load(model) {
        this.#manifest = model.manifest;
        await this.#start(model);
        if (this.options.device === 'auto' && this.describe().device === 'cpu') {
            this.options.log.info('no GPU for the model; it runs on the CPU');
        }
    }
    async warmUp(batchSizes) {
        if (!this.#manifest || !this.#ready)
            throw new Error('no model is loaded');
        this.#batchSizes = batchSizes;
        await runBlanks(this.#ready, this.#manifest, batchSizes);
    }
    ensureAvailable() {
        if (!this.#ready)
            throw this.#unavailable();
    }
    async run(batch) {
        if (!this.#ready)
            throw this.#unavailable();
        const running = this.#ready.call('run', batch);
        this.#running.add(running);
        try {
            return await running;
        }
        catch (error) {
            throw error instanceof ProcessEnded ? this.#unavailable(error) : error;
        }
        finally {
            this.#running.delete(running);
        }
    }
    describe() {
        const { version, device } = this.#loaded ?? { version: 'not loaded', device: 'cpu' };
        const { threads, precision } = this.options;
        return { name: 'tensorflow', version, device, threads, precision };
    }
    async close() {
        await Promise.allSettled(this.#running);
        this.#closing.abort();
        await this.#process?.kill();
    }
    /** Starts a process, loads the model in it and runs it once at each batch size that is known by now. */
    async #start(model) {
        this.#closing.signal.throwIfAborted();
        const startMs = performance.now();
        const process = new ModelProcess();
        this.#process = process;
        try {
            this.#loaded = await process.call('load', this.#loadOptions(model));
            const { manifest } = model;
            checkOutput(manifest.savedModel, manifest, await process.call('run', blankBatch(manifest, 1)));
            await runBlanks(process, manifest, this.#batchSizes);
        }
        catch (error) {
            await process.kill();
            throw error;
        }
        this.#readyAtMs = performance.now();
        this.#startDurationMs = this.#readyAtMs - startMs;
        this.#ready = process;
        void process.ended.then((end) => this.#restart(model, end));
    }
    async #restart(model, end) {
        this.#ready = undefined;
        if (performance.now() - this.#readyAtMs > STABLE_MS)
            this.#restarts = 0;
        let reason = end.message;
        while (!this.#closing.signal.aborted) {
            const delayMs = Math.min(FIRST_DELAY_MS * 2 ** this.#restarts, LONGEST_DELAY_MS);
            this.#restarts += 1;
            this.options.log.warn({ reason, delayMs }, "the model's process died; it is started again");
            try {
                await setTimeout(delayMs, undefined, { signal: this.#closing.signal });
                await this.#start(model);
                this.options.log.info({ engine: this.describe() }, 'model ready again');
                return;
            }
            catch (error) {
                reason = error.message;
            }
        }
    }
    #loadOptions({ folder, manifest }) {
        const { name, width, height, channels } = manifest.input;
        return {
            folder: join(folder, manifest.savedModel),
            threads: this.options.threads,
            // Once on a device it stays there, as the metric says.
            device: this.#loaded?.device ?? this.options.device,
            inputName: name,
            cropShape: [height, width, channels],
            logitsName: manifest.outputs.logits,
            featuresName: manifest.outputs.features,
        };
    }
    #unavailable(cause) {
        return new ServiceError('engine_unavailable', "The model's process died and is being started again.", {
            cause,
            retryAfterS: Math.ceil(this.#startDurationMs / 1000),
        });
    }
}
async function runBlanks(process, manifest, counts) {
    for (const count of counts)
        await process.call('run', blankBatch(manifest, count));
}
//# sourceMappingURL=adapter.js.map