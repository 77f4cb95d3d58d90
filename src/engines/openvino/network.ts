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

/** Longer than any inference: a timer that keeps the process alive meanwhile. */
const LONG_MS = 2 ** 30;

/** A network that is compiled for the CPU, and the one request that runs it. */
export class Network {
  readonly #frees: (() => void)[] = [];
  readonly #request: Handle;
  readonly #elementType: number;
  #onDone: () => void = () => {};

  private constructor(
    private readonly api: OpenVino,
    private readonly options: NetworkOptions,
    compiled: Handle,
  ) {
    this.#own(compiled, api.freeCompiled);
    try {
      const input = this.#own(api.getInput(compiled, options.inputName), api.freePort);
      // The numbers of the element types differ between versions.
      this.#elementType = api.getElementType(input);
      const callback = api.createCallback(() => this.#onDone());
      this.#frees.push(callback.free);
      this.#request = this.#own(api.createRequest(compiled), api.freeRequest);
      api.setCallback(this.#request, callback.place);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  /**
   * Reads and compiles the file, which takes seconds, in another thread.
   *
   * @throws {Error} when it is no network, lacks the input, or the processor has no such arithmetic.
   */
  static async load(api: OpenVino, options: NetworkOptions): Promise<Network> {
    const arithmetic = FLOAT_ARITHMETIC[options.precision];
    const properties = Object.entries({
      INFERENCE_PRECISION_HINT: arithmetic,
      INFERENCE_NUM_THREADS: String(options.threads),
      NUM_STREAMS: '1',
      // Pinned threads would sit on the same cores as those of every other process here.
      ENABLE_CPU_PINNING: 'NO',
    }).map(([key, value]) => ({ key, value }));
    const core = api.createCore();
    try {
      const compiled = await api.compile(core, options.modelFile, 'CPU', properties.length, properties);
      if (api.getProperty(compiled, 'INFERENCE_PRECISION_HINT') !== arithmetic) {
        api.freeCompiled(compiled);
        throw new Error(`this processor has no ${options.precision} arithmetic`);
      }
      return new Network(api, options, compiled);
    } finally {
      api.freeCore(core);
    }
  }

  /** Runs a batch in OpenVINO's threads, where its pixels are. One call at a time. */
  async infer({ pixels, count }: CropBatch): Promise<BatchOutput> {
    const { api, options } = this;
    const dims = [count, ...options.cropShape];
    const crops = api.createTensor(this.#elementType, { rank: dims.length, dims }, pixels);
    try {
      if (api.getByteSize(crops) !== pixels.byteLength) {
        throw new Error(`input ${options.inputName} is no uint8 tensor`);
      }
      api.setTensor(this.#request, options.inputName, crops);
      await this.#run(pixels);
      return { logits: this.#output(options.logitsName), features: this.#output(options.featuresName) };
    } finally {
      api.freeTensor(crops);
    }
  }

  /** To be called when no inference runs. */
  free(): void {
    for (const free of this.#frees.splice(0).reverse()) free();
  }

  async #run(pixels: Uint8Array): Promise<void> {
    const alive = setInterval(() => {}, LONG_MS);
    try {
      const done = new Promise((resolve) => {
        // Not before the callback has returned, for which OpenVINO's thread waits. It holds the pixels, which
        // would be collected otherwise while OpenVINO reads them.
        this.#onDone = () => setImmediate(resolve, pixels);
      });
      this.api.start(this.#request);
      await done;
      this.api.wait(this.#request);
    } finally {
      clearInterval(alive);
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
