import { InferRequest } from './request.js';
/** What OpenVINO calls the arithmetic of the layers that are not quantized. */
const FLOAT_ARITHMETIC = { float32: 'f32', bfloat16: 'bf16', int8: 'f32' };
/** A network that is compiled for the CPU, and its requests. */
export class Network {
    #idle = [];
    #waiting = [];
    #frees = [];
    constructor(api, options, compiled) {
        this.#frees.push(() => api.freeCompiled(compiled));
        try {
            const input = api.getInput(compiled, options.inputName);
            this.#frees.push(() => api.freePort(input));
            const elementType = api.getElementType(input);
            this.concurrency = Number(api.getProperty(compiled, 'OPTIMAL_NUMBER_OF_INFER_REQUESTS'));
            // As many wait in OpenVINO, whose threads then go on without a word from ours.
            for (let index = 0; index < 2 * this.concurrency; index++) {
                const request = new InferRequest(api, { ...options, elementType }, compiled);
                this.#frees.push(() => request.free());
                this.#idle.push(request);
            }
        }
        catch (error) {
            this.free();
            throw error;
        }
    }
    /** Batches that run at a time. */
    concurrency;
    /**
     * Reads and compiles the file, which takes seconds, in another thread.
     *
     * @throws {Error} when it is no network, lacks the input, or the processor has no such arithmetic.
     */
    static async load(api, options) {
        const arithmetic = FLOAT_ARITHMETIC[options.precision];
        const properties = Object.entries({
            PERFORMANCE_HINT: options.mode.toUpperCase(),
            INFERENCE_PRECISION_HINT: arithmetic,
            INFERENCE_NUM_THREADS: String(options.threads),
            // Pinned threads would sit on the same cores as those of every other process here.
            ENABLE_CPU_PINNING: 'NO',
            ...(options.cacheDir && { CACHE_DIR: options.cacheDir }),
        }).map(([key, value]) => ({ key, value }));
        const model = await api.readModel(options.core, options.modelFile, null);
        try {
            await setShape(api, model, options.inputName, [options.batchSize, ...options.cropShape]);
            const compiled = await api.compile(options.core, model, 'CPU', properties.length, properties);
            if (api.getProperty(compiled, 'INFERENCE_PRECISION_HINT') !== arithmetic) {
                api.freeCompiled(compiled);
                throw new Error(`this processor has no ${options.precision} arithmetic`);
            }
            return new Network(api, options, compiled);
        }
        finally {
            api.freeModel(model);
        }
    }
    /** Runs a batch of `batchSize` in OpenVINO's threads, where its pixels are, once a request is free. */
    async infer(batch) {
        const request = this.#idle.pop() ?? (await new Promise((take) => this.#waiting.push(take)));
        try {
            return await request.infer(batch);
        }
        finally {
            const next = this.#waiting.shift();
            if (next)
                next(request);
            else
                this.#idle.push(request);
        }
    }
    /** To be called when no inference runs. */
    free() {
        for (const free of this.#frees.splice(0).reverse())
            free();
    }
}
/** Reshaping would take any shape, so it is held against the file's first. */
async function setShape(api, model, input, shape) {
    const port = api.getModelInput(model, input);
    try {
        const allowed = api.getShape(port);
        const fits = ({ min, max }, index) => {
            const size = shape[index] ?? 0;
            return size >= min && (max === -1 || size <= max);
        };
        if (allowed.length !== shape.length || !allowed.every(fits)) {
            const text = allowed.map(({ min, max }) => (min === max && max !== -1 ? min : '?')).join(', ');
            throw new Error(`input ${input} has the shape (${text}); the manifest's is (${shape.join(', ')})`);
        }
    }
    finally {
        api.freePort(port);
    }
    const exactly = (size) => ({ min: size, max: size });
    await api.reshape(model, input, { rank: exactly(shape.length), dims: shape.map(exactly) });
}
//# sourceMappingURL=network.js.map