import { join } from 'node:path';
import { onnxPath } from '../../registry/precision.js';
import { blankBatch, checkOutput, } from '../engine.js';
import { makePrivateFolder } from '../private-folder.js';
import { Networks } from './networks.js';
/** Larger batches gain next to nothing, as `npm run bench:openvino -- --sizes 1,4,8,16` shows. */
const BATCH_SIZE = 4;
/**
 * OpenVINO on the CPU. Its own threads run the inference and call back when it ends, so it needs none of ours.
 * (libuv's threads, where koffi's asynchronous calls run, would not do: an inference waits there behind all images
 * that are being decoded.)
 *
 * Two threads with a batch each do more than both with one, so the network is compiled a second time for that
 * (`npm run bench:openvino`).
 */
export class OpenVinoEngine {
    options;
    api;
    #whole;
    /** Where there is more than one thread. */
    #parts;
    #manifest;
    #running = new Set();
    constructor(options, api) {
        this.options = options;
        this.api = api;
    }
    get concurrency() {
        return this.#parts?.concurrency ?? 1;
    }
    get partSize() {
        return BATCH_SIZE;
    }
    async load({ folder, manifest }) {
        const { threads, precision } = this.options;
        const { width, height, channels } = manifest.input;
        const onnx = onnxPath(manifest, precision);
        const options = {
            modelFile: join(folder, onnx),
            precision,
            threads,
            inputName: manifest.input.name,
            cropShape: [height, width, channels],
            logitsName: manifest.outputs.logits,
            featuresName: manifest.outputs.features,
            cacheDir: await this.#cacheDir(),
        };
        this.#manifest = manifest;
        const load = (mode, batchSizes) => Networks.load(this.api, { ...options, mode }, batchSizes);
        try {
            // With parts the whole engine gets fewer crops than there are threads.
            const P=threads>1?load('throughput',[1,BATCH_SIZE]):undefined;this.#whole = await load('latency', threads > 1 && threads <= BATCH_SIZE ? [1] : [1, BATCH_SIZE]);
            process.stderr.write('whole '+performance.now().toFixed(0)+'\n');checkOutput(onnx, manifest, await this.run(blankBatch(manifest, 1)));
            // Not at the same time: what was compiled for one mode serves the other out of the cache.
            if (threads > 1)
                this.#parts = await P;
        }
        catch (error) {
            await this.close();
            throw error;
        }
    }
    async #cacheDir() {
        const { cacheDir, log } = this.options;
        if (!cacheDir)
            return undefined;
        const folder = join(cacheDir, 'openvino');
        try {
            await makePrivateFolder(folder);
            return folder;
        }
        catch (error) {
            log.warn(error, 'compiled networks are not kept');
            return undefined;
        }
    }
    /** Each network once on each of its parts, since it runs batches of all sizes in pieces of these. */
    async warmUp() {
        const manifest = this.#manifest;
        if (!manifest)
            throw new Error('no model is loaded');
        for (const count of [1, BATCH_SIZE]) {
            await this.run(blankBatch(manifest, count));
            const parts = Array.from({ length: this.concurrency }, () => blankBatch(manifest, count));
            await Promise.all(parts.map((part) => this.run(part, 'part')));
        }
    }
    ensureAvailable() {
        // As onnxruntime: a fault of the native library would end the service's process.
    }
    async run(batch, share = 'whole') {
        const network = (share === 'part' && this.#parts) || this.#whole;
        if (!network)
            throw new Error('no model is loaded');
        const output = network.infer(batch);
        this.#running.add(output);
        return output.finally(() => this.#running.delete(output));
    }
    describe() {
        const { threads, precision } = this.options;
        return { name: 'openvino', version: this.api.version, device: 'cpu', threads, precision };
    }
    async close() {
        const networks = [this.#whole, this.#parts];
        this.#whole = undefined;
        this.#parts = undefined;
        await Promise.allSettled(this.#running);
        for (const network of networks)
            network?.free();
    }
}
//# sourceMappingURL=adapter.js.map