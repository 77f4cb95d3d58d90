import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { onnxPath } from '../../registry/precision.js';
import { blankBatch, checkOutput, useFullFloat32, } from '../engine.js';
export const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json');
/** onnxruntime-node in a worker thread, since its `run()` blocks the thread it is called on. */
export class OnnxRuntimeEngine {
    options;
    #pool;
    #manifest;
    #device = 'cpu';
    constructor(options) {
        this.options = options;
    }
    async load(model) {
        this.#manifest = model.manifest;
        if (this.options.device === 'cpu')
            return this.#loadOn('cpu', model);
        useFullFloat32();
        try {
            await this.#loadOn('gpu', model);
        }
        catch (error) {
            const reason = `onnxruntime's CUDA provider: ${error.message}`;
            if (this.options.device === 'gpu')
                throw new Error(`HEMOSERVE_DEVICE is gpu, but ${reason}`, { cause: error });
            this.options.log.info({ reason }, 'no GPU for the model; it runs on the CPU');
            await this.#loadOn('cpu', model);
        }
    }
    async warmUp(batchSizes) {
        if (!this.#manifest)
            throw new Error('no model is loaded');
        for (const count of batchSizes)
            await this.run(blankBatch(this.#manifest, count));
    }
    ensureAvailable() {
        // A fault of the native library would end the service's process, so it is available as long as anyone asks.
    }
    async run(batch) {
        if (!this.#pool)
            throw new Error('no model is loaded');
        return this.#pool.run(batch, { transferList: [batch.pixels.buffer] });
    }
    describe() {
        const { threads, precision } = this.options;
        return { name: 'onnxruntime', version, device: this.#device, threads, precision };
    }
    async close() {
        const pool = this.#pool;
        this.#pool = undefined;
        // Lets a running batch finish: ending its thread within an inference would abort the process.
        await pool?.close();
    }
    async #loadOn(device, { folder, manifest }) {
        const { width, height, channels } = manifest.input;
        const onnx = onnxPath(manifest, this.options.precision);
        const workerOptions = {
            modelFile: join(folder, onnx),
            device,
            threads: this.options.threads,
            inputName: manifest.input.name,
            cropShape: [height, width, channels],
            logitsName: manifest.outputs.logits,
            featuresName: manifest.outputs.features,
        };
        const pool = new Piscina({
            // The worker is beside this file, compiled or not.
            filename: fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url)),
            workerData: workerOptions,
            minThreads: 1,
            maxThreads: 1,
        });
        this.#pool = pool;
        try {
            checkOutput(onnx, manifest, await this.run(blankBatch(manifest, 1)));
            this.#device = device;
        }
        catch (error) {
            this.#pool = undefined;
            // The pool starts a thread again whose model does not load; nobody waits for that one.
            pool.on('error', () => { });
            await pool.destroy();
            throw error;
        }
    }
}
//# sourceMappingURL=adapter.js.map