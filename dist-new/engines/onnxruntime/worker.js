import { InferenceSession, Tensor } from 'onnxruntime-node';
import { workerData } from 'piscina';
const options = workerData;
const session = await InferenceSession.create(options.modelFile, {
    // Without CUDA's provider or a GPU this throws; what CUDA lacks runs on the CPU.
    executionProviders: options.device === 'gpu' ? ['cuda', 'cpu'] : ['cpu'],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // A spinning thread would take a core from decoding.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
});
export default async function run({ pixels, count }) {
    const crops = new Tensor('uint8', pixels, [count, ...options.cropShape]);
    const outputs = await session.run({ [options.inputName]: crops }, [
        options.logitsName,
        options.featuresName,
    ]);
    return { logits: float32(outputs, options.logitsName), features: float32(outputs, options.featuresName) };
}
function float32(outputs, name) {
    const data = outputs[name]?.data;
    if (!(data instanceof Float32Array))
        throw new Error(`output ${name} is no float32 tensor`);
    return data;
}
//# sourceMappingURL=worker.js.map