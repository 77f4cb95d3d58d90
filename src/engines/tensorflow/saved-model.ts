import { createRequire } from 'node:module';
import util from 'node:util';
import { type BatchOutput, type CropBatch, type Device, readOutputs, useFullFloat32 } from '../engine.js';
import type { LoadOptions } from './protocol.js';
import type { Tensor, TensorFlow, TensorFlowSavedModel } from './tfjs-node.js';

/** A SavedModel in TensorFlow, through tfjs-node. `run` blocks its thread: only for the child process. */
export class SavedModel {
  private constructor(
    private readonly tf: TensorFlow,
    private readonly model: TensorFlowSavedModel,
    private readonly options: LoadOptions,
  ) {}

  /** Rejects when TensorFlow is not set up or lacks the device, or the model lacks the input. */
  static async load(options: LoadOptions): Promise<SavedModel> {
    const tf = loadTensorFlow(options);
    if (options.device === 'gpu' && !tf.backend().isUsingGpuDevice) {
      throw new Error(
        'HEMOSERVE_DEVICE is gpu, but TensorFlow finds none: is the NVIDIA driver here, and was ' +
          '`npm run tensorflow:setup -- --gpu` run?',
      );
    }
    const model = await tf.node.loadSavedModel(options.folder, ['serve'], 'serving_default');
    checkInput(model, options);
    return new SavedModel(tf, model, options);
  }

  /** Version of libtensorflow. */
  get version(): string {
    return this.tf.backend().binding.TF_Version;
  }

  /** TensorFlow places the model on the GPU whenever it has one. */
  get device(): Device {
    return this.tf.backend().isUsingGpuDevice ? 'gpu' : 'cpu';
  }

  run({ pixels, count }: CropBatch): BatchOutput {
    // tfjs has no uint8: it holds pixels as int32, and its backend makes them uint8 again for the model.
    const crops = this.tf.tensor4d(pixels, [count, ...this.options.cropShape], 'int32');
    let outputs: Record<string, Tensor> = {};
    try {
      outputs = this.model.predict({ [this.options.inputName]: crops });
      return readOutputs(this.options.outputNames, (name) => rows(outputs, name, count));
    } finally {
      this.tf.dispose([crops, outputs]);
    }
  }
}

/** The environment is libtensorflow's only interface for these; it reads it when it is loaded. */
function loadTensorFlow({ threads, device }: LoadOptions): TensorFlow {
  process.env.TF_CPP_MIN_LOG_LEVEL = '2';
  process.env.TF_NUM_INTRAOP_THREADS = String(threads);
  process.env.TF_NUM_INTEROP_THREADS = '1';
  // Else it takes the whole card's memory at once.
  process.env.TF_FORCE_GPU_ALLOW_GROWTH = 'true';
  if (device === 'cpu') process.env.CUDA_VISIBLE_DEVICES = '-1';
  useFullFloat32();
  // tfjs-node calls it, and Node 23 and newer have it no more.
  (util as { isNullOrUndefined?: (value: unknown) => boolean }).isNullOrUndefined ??= (value) =>
    value == null;
  // The same place seen from src and from dist.
  const require = createRequire(new URL('../../../runtimes/tensorflow/package.json', import.meta.url));
  try {
    return require('@tensorflow/tfjs-node') as TensorFlow;
  } catch (error) {
    throw new Error(
      `TensorFlow does not load; was \`npm run tensorflow:setup\` run? ${(error as Error).message}`,
    );
  }
}

function checkInput({ signature }: TensorFlowSavedModel, { inputName, cropShape }: LoadOptions): void {
  const input = signature.inputs[inputName];
  if (!input) {
    throw new Error(`the SavedModel has no input ${inputName}, but ${Object.keys(signature.inputs)}`);
  }
  const found = `${input.tfDtype} (${input.shape.map((size) => size.getSize())})`;
  const expected = `DT_UINT8 (-1,${cropShape})`;
  if (found !== expected) {
    throw new Error(`the SavedModel's input ${inputName} is ${found}; its manifest says ${expected}`);
  }
}

/** Values of a float32 output (count, …). */
function rows(outputs: Record<string, Tensor>, name: string, count: number): Float32Array {
  const output = outputs[name];
  if (!output) throw new Error(`the SavedModel has no output ${name}, but ${Object.keys(outputs)}`);
  const values = output.dataSync();
  if (output.shape[0] !== count || !(values instanceof Float32Array)) {
    throw new Error(`output ${name} is ${output.dtype} (${output.shape}), not float32 (${count}, …)`);
  }
  return values;
}
