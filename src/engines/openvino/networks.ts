import type { BatchOutput, CropBatch } from '../engine.js';
import type { OpenVino } from './bindings.js';
import { Network, type NetworkOptions } from './network.js';

/** The same network compiled for batches of some sizes, so that it runs batches of any. */
export class Networks {
  private constructor(
    /** Largest size first. */
    private readonly bySize: readonly (readonly [size: number, network: Network])[],
  ) {}

  /**
   * @param batchSizes with 1 among them.
   * @throws {Error} as Network.load.
   */
  static async load(
    api: OpenVino,
    options: Omit<NetworkOptions, 'batchSize'>,
    batchSizes: readonly number[],
  ): Promise<Networks> {
    const sizes = [...batchSizes].sort((a, b) => b - a);
    const loads = sizes.map(
      async (batchSize) => [batchSize, await Network.load(api, { ...options, batchSize })] as const,
    );
    try {
      return new Networks(await Promise.all(loads));
    } catch (error) {
      for (const load of await Promise.allSettled(loads)) {
        if (load.status === 'fulfilled') load.value[1].free();
      }
      throw error;
    }
  }

  /** Of batches, that there is a network for. */
  get sizes(): number[] {
    return this.bySize.map(([size]) => size);
  }

  /** Batches that run at a time. */
  get concurrency(): number {
    return Math.min(...this.bySize.map(([, network]) => network.concurrency));
  }

  /** Runs a batch in pieces of the sizes that there are, one after the other. */
  async infer({ pixels, count }: CropBatch): Promise<BatchOutput> {
    const cropBytes = pixels.length / count;
    const outputs: BatchOutput[] = [];
    let start = 0;
    for (const [size, network] of this.bySize) {
      for (; start + size <= count; start += size) {
        const piece = pixels.subarray(start * cropBytes, (start + size) * cropBytes);
        outputs.push(await network.infer({ pixels: piece, count: size }));
      }
    }
    const maps = outputs.flatMap(({ activationMaps }) => activationMaps ?? []);
    return {
      logits: concatenate(outputs.map(({ logits }) => logits)),
      features: concatenate(outputs.map(({ features }) => features)),
      ...(maps.length > 0 && { activationMaps: concatenate(maps) }),
    };
  }

  /** To be called when no inference runs. */
  free(): void {
    for (const [, network] of this.bySize) network.free();
  }
}

function concatenate(arrays: readonly Float32Array[]): Float32Array {
  const [only] = arrays;
  if (only && arrays.length === 1) return only;
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const array of arrays) {
    all.set(array, start);
    start += array.length;
  }
  return all;
}
