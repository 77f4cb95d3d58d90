import type { BatchOutput, CropBatch } from '../engine.js';
import type { OpenVino } from './bindings.js';
import { type Compiled, type CompileOptions, loadCompiled } from './compile.js';
import { InferRequest, type RequestOptions } from './request.js';

export type NetworkOptions = CompileOptions & Omit<RequestOptions, 'elementType'>;

/** A network that is compiled for the CPU, and its requests. */
export class Network {
  readonly #idle: InferRequest[] = [];
  readonly #waiting: ((request: InferRequest) => void)[] = [];
  readonly #frees: (() => void)[] = [];

  private constructor(api: OpenVino, options: NetworkOptions, compiled: Compiled) {
    const { handle } = compiled;
    // Holds its content, too.
    this.#frees.push(() => api.freeCompiled(compiled.handle));
    try {
      const input = api.getInput(handle, options.inputName);
      this.#frees.push(() => api.freePort(input));
      const elementType = api.getElementType(input);
      this.concurrency = Number(api.getProperty(handle, 'OPTIMAL_NUMBER_OF_INFER_REQUESTS'));
      // As many wait in OpenVINO, whose threads then go on without a word from ours.
      for (let index = 0; index < 2 * this.concurrency; index++) {
        const request = new InferRequest(api, { ...options, elementType }, handle);
        this.#frees.push(() => request.free());
        this.#idle.push(request);
      }
    } catch (error) {
      this.free();
      throw error;
    }
  }

  /** Batches that run at a time. */
  readonly concurrency: number;

  /** @throws {Error} as `loadCompiled`, or when the network lacks the input. */
  static async load(api: OpenVino, options: NetworkOptions): Promise<Network> {
    return new Network(api, options, await loadCompiled(api, options));
  }

  /** Runs a batch of `batchSize` in OpenVINO's threads, where its pixels are, once a request is free. */
  async infer(batch: CropBatch): Promise<BatchOutput> {
    const request = this.#idle.pop() ?? (await new Promise<InferRequest>((take) => this.#waiting.push(take)));
    try {
      return await request.infer(batch);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(request);
      else this.#idle.push(request);
    }
  }

  /** To be called when no inference runs. */
  free(): void {
    for (const free of this.#frees.splice(0).reverse()) free();
  }
}
