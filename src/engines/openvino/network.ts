import koffi from 'koffi';
import type { Precision } from '../../registry/precision.js';
import type { BatchOutput, CropBatch } from '../engine.js';
import type { Handle, OpenVino } from './bindings.js';

export interface NetworkOptions {
  modelFile: string;
  precision: Precision;
  threads: number;
  inputName: string;
  /** Height, width, channels. */
  cropShape: [number, number, number];
  logitsName: string;
  featuresName: string;
}

/** What OpenVINO calls the arithmetic of the layers that are not quantized. */
const FLOAT_ARITHMETIC = { float32: 'f32', bfloat16: 'bf16', int8: 'f32' } as const;

/** A network that is compiled for the CPU, with the one request that runs it. */
export class Network {
  readonly #frees: (() => void)[] = [];
  readonly #request: Handle;
  readonly #elementType: number;

  /**
   * Reads and compiles the file, which blocks for seconds.
   *
   * @throws {Error} when it is no network, lacks the input, or the processor has no such arithmetic.
   */
  constructor(
    private readonly api: OpenVino,
    private readonly options: NetworkOptions,
  ) {
    try {
      const compiled = this.#own(this.#compile(), api.freeCompiledModel);
      const input = this.#own(api.getInput(compiled, options.inputName), api.freePort);
      // The numbers of the element types differ between versions.
      this.#elementType = api.getElementType(input);
      this.#request = this.#own(api.createInferRequest(compiled), api.freeInferRequest);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  /** Runs a batch, in which `pixels` are read where they are. */
  infer({ pixels, count }: CropBatch): BatchOutput {
    const { api, options } = this;
    const dims = [count, ...options.cropShape];
    const crops = api.createTensor(this.#elementType, { rank: dims.length, dims }, pixels);
    try {
      if (api.getByteSize(crops) !== pixels.byteLength) {
        throw new Error(`input ${options.inputName} is no uint8 tensor`);
      }
      api.setTensor(this.#request, options.inputName, crops);
      api.infer(this.#request);
      return { logits: this.#output(options.logitsName), features: this.#output(options.featuresName) };
    } finally {
      api.freeTensor(crops);
    }
  }

  free(): void {
    for (const free of this.#frees.reverse().splice(0)) free();
  }

  #compile(): Handle {
    const { api, options } = this;
    const arithmetic = FLOAT_ARITHMETIC[options.precision];
    const core = api.createCore();
    try {
      const properties = {
        INFERENCE_PRECISION_HINT: arithmetic,
        INFERENCE_NUM_THREADS: String(options.threads),
        NUM_STREAMS: '1',
        // Pinned threads would sit on the same cores as those of every other process here.
        ENABLE_CPU_PINNING: 'NO',
      };
      for (const [key, value] of Object.entries(properties)) {
        api.setProperty(core, 'CPU', 'str', key, 'str', value);
      }
      const model = api.readModel(core, options.modelFile, null);
      try {
        const compiled = api.compileModel(core, model, 'CPU', 0);
        const actual = api.getProperty(compiled, 'INFERENCE_PRECISION_HINT');
        if (actual === arithmetic) return compiled;
        api.freeCompiledModel(compiled);
        throw new Error(`this processor has no ${options.precision} arithmetic`);
      } finally {
        api.freeModel(model);
      }
    } finally {
      api.freeCore(core);
    }
  }

  #output(name: string): Float32Array {
    const { api } = this;
    const tensor = api.getTensor(this.#request, name);
    try {
      const size = api.getSize(tensor);
      if (api.getByteSize(tensor) !== size * Float32Array.BYTES_PER_ELEMENT) {
        throw new Error(`output ${name} is no float32 tensor`);
      }
      return koffi.decode(api.getData(tensor), 'float', size) as Float32Array;
    } finally {
      api.freeTensor(tensor);
    }
  }

  #own(handle: Handle, free: (handle: Handle) => void): Handle {
    this.#frees.push(() => free(handle));
    return handle;
  }
}
