import { InferenceSession, Tensor } from 'onnxruntime-node';
import { workerData } from 'piscina';
import { type BatchOutput, type CropBatch, type Device, type OutputNames, readOutputs } from '../engine.js';

/** What the adapter tells this worker thread. */
export interface WorkerOptions {
  modelFile: string;
  device: Device;
  threads: number;
  inputName: string;
  /** Height, width, channels. */
  cropShape: [number, number, number];
  outputNames: OutputNames;
}

const options = workerData as WorkerOptions;

const session = await InferenceSession.create(options.modelFile, {
  // Without CUDA's provider or a GPU this throws; what CUDA lacks runs on the CPU.
  executionProviders: options.device === 'gpu' ? ['cuda', 'cpu'] : ['cpu'],
  intraOpNumThreads: options.threads,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  // A spinning thread would take a core from decoding.
  extra: { session: { intra_op: { allow_spinning: '0' } } },
});

export default async function run({ pixels, count }: CropBatch): Promise<BatchOutput> {
  const crops = new Tensor('uint8', pixels, [count, ...options.cropShape]);
  const outputs = await session.run({ [options.inputName]: crops }, Object.values(options.outputNames));
  return readOutputs(options.outputNames, (name) => float32(outputs, name));
}

function float32(outputs: InferenceSession.OnnxValueMapType, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`output ${name} is no float32 tensor`);
  return data;
}
