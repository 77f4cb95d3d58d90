import koffi from 'koffi';
import { type BatchOutput, type CropBatch, type OutputNames, readOutputs } from '../engine.js';
import type { Handle, OpenVino } from './bindings.js';

/** Names and shape of what goes in and comes out. */
export interface RequestOptions {
  inputName: string;
  /** OpenVINO's number of uint8, as the network says it: these numbers differ between versions. */
  elementType: number;
  /** Height, width, channels. */
  cropShape: [number, number, number];
  outputNames: OutputNames;
}

/** Longer than any inference: a timer that keeps the process alive meanwhile. */
const LONG_MS = 2 ** 30;

/** What runs one batch at a time of a compiled network. */
export class InferRequest {
  readonly #frees: (() => void)[] = [];
  readonly #request: Handle;
  #onDone: () => void = () => {};

  constructor(
    private readonly api: OpenVino,
    private readonly options: RequestOptions,
    compiled: Handle,
  ) {
    const callback = api.createCallback(() => this.#onDone());
    this.#frees.push(callback.free);
    try {
      this.#request = api.createRequest(compiled);
      this.#frees.push(() => api.freeRequest(this.#request));
      api.setCallback(this.#request, callback.place);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  /** Runs a batch in OpenVINO's threads, where its pixels are. One call at a time. */
  async infer({ pixels, count }: CropBatch): Promise<BatchOutput> {
    const { api, options } = this;
    const dims = [count, ...options.cropShape];
    const crops = api.createTensor(options.elementType, { rank: dims.length, dims }, pixels);
    try {
      if (api.getByteSize(crops) !== pixels.byteLength) {
        throw new Error(`input ${options.inputName} is no uint8 tensor`);
      }
      api.setTensor(this.#request, options.inputName, crops);
      await this.#run(pixels);
      return readOutputs(options.outputNames, (name) => this.#output(name));
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
}
