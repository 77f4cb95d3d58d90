import type { Precision } from '../../vocabulary/precisions.js';
import type { Dimension, Handle, OpenVino } from './bindings.js';
import type { CompiledFiles } from './compiled-files.js';

/** What a network is compiled from, and for what. */
export interface CompileOptions {
  /** With the properties of the mode, the threads and the arithmetic; see `createCore`. */
  core: Handle;
  modelFile: string;
  modelSha256: string;
  inputName: string;
  /** Height, width, channels. */
  cropShape: [number, number, number];
  precision: Precision;
  /** Crops of a batch: with the shape known, it is compiled to a faster network than for any number of them. */
  batchSize: number;
  /** Where compiled networks are kept, which load faster; nowhere without it. */
  files: CompiledFiles | undefined;
}

export interface Compiled {
  /** To be freed with `freeCompiled`. */
  handle: Handle;
  /** Where it was imported from: OpenVINO reads its weights there as long as it lives. */
  content?: Uint8Array;
}

/** What OpenVINO calls the arithmetic of the layers that are not quantized. */
const FLOAT_ARITHMETIC = { float32: 'f32', bfloat16: 'bf16', int8: 'f32' } as const;

const DEVICE = 'CPU';

/** A core that compiles and imports networks for one batch at a time on all threads, or for some that share them. */
export function createCore(
  api: OpenVino,
  mode: 'latency' | 'throughput',
  { threads, precision }: { threads: number; precision: Precision },
): Handle {
  const core = api.createCore();
  const properties = Object.entries({
    PERFORMANCE_HINT: mode.toUpperCase(),
    INFERENCE_PRECISION_HINT: FLOAT_ARITHMETIC[precision],
    INFERENCE_NUM_THREADS: String(threads),
    // Pinned threads would sit on the same cores as those of every other process here.
    ENABLE_CPU_PINNING: 'NO',
  }).map(([key, value]) => ({ key, value }));
  api.setProperties(core, DEVICE, properties.length, properties);
  return core;
}

/**
 * Reads and compiles the file, which takes seconds, in another thread, or loads what was compiled earlier.
 *
 * @throws {Error} when it is no network, has another input, or the processor has no such arithmetic.
 */
export async function loadCompiled(api: OpenVino, options: CompileOptions): Promise<Compiled> {
  return (await importKept(api, options)) ?? (await compile(api, options));
}

async function compile(api: OpenVino, options: CompileOptions): Promise<Compiled> {
  const model = await api.readModel(options.core, options.modelFile, null);
  try {
    await setShape(api, model, options.inputName, [options.batchSize, ...options.cropShape]);
    const handle = await api.compile(options.core, model, DEVICE, 0, null);
    if (api.getProperty(handle, 'INFERENCE_PRECISION_HINT') !== FLOAT_ARITHMETIC[options.precision]) {
      api.freeCompiled(handle);
      throw new Error(`this processor has no ${options.precision} arithmetic`);
    }
    await options.files?.write(identity(api, options), (path) => api.exportCompiled(handle, path));
    return { handle };
  } finally {
    api.freeModel(model);
  }
}

/** Undefined where it is not kept, or OpenVINO does not load it any more. */
async function importKept(api: OpenVino, options: CompileOptions): Promise<Compiled | undefined> {
  const content = await options.files?.read(identity(api, options));
  if (!content) return undefined;
  return api.importCompiled(options.core, content, content.length, DEVICE).then(
    (handle) => ({ handle, content }),
    () => undefined,
  );
}

/** All that a compiled network depends on; it is the same in both modes. */
function identity(
  { build }: OpenVino,
  { modelSha256, precision, batchSize, cropShape }: CompileOptions,
): object {
  return { build, modelSha256, precision, batchSize, cropShape };
}

/** Reshaping would take any shape, so it is held against the file's first. */
async function setShape(api: OpenVino, model: Handle, input: string, shape: number[]): Promise<void> {
  const port = api.getModelInput(model, input);
  try {
    const allowed = api.getShape(port);
    const fits = ({ min, max }: Dimension, index: number) => {
      const size = shape[index] ?? 0;
      return size >= min && (max === -1 || size <= max);
    };
    if (allowed.length !== shape.length || !allowed.every(fits)) {
      const text = allowed.map(({ min, max }) => (min === max && max !== -1 ? min : '?')).join(', ');
      throw new Error(`input ${input} has the shape (${text}); the manifest's is (${shape.join(', ')})`);
    }
  } finally {
    api.freePort(port);
  }
  const exactly = (size: number) => ({ min: size, max: size });
  await api.reshape(model, input, { rank: exactly(shape.length), dims: shape.map(exactly) });
}
