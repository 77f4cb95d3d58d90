import '../../src/engines/onnxruntime/no-telemetry.js';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { softmax } from '../../src/classify/probabilities.js';
import { chooseReaders, preprocess } from '../../src/images/preprocess.js';
import { TurboJpeg } from '../../src/images/turbojpeg.js';
import { artifactPath } from '../../src/registry/artifacts.js';
import type { Manifest } from '../../src/registry/manifest.js';
import { loadSettings } from '../../src/settings/load.js';
import { cores } from '../harness/machine.js';

const turboJpeg = TurboJpeg.open(loadSettings(process.env).turbojpeg);
const readers = chooseReaders({ turboJpeg });
const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json');

/** onnxruntime-node and the service's readers alone: what a crop costs without a service around it. */
export class RawEngine {
  readonly title =
    `onnxruntime-node ${version}, ${cores} threads, ${turboJpeg ? 'libjpeg-turbo and ' : ''}sharp`;

  private constructor(
    private readonly manifest: Manifest,
    private readonly session: InferenceSession,
    private readonly jpegs: Buffer[],
  ) {}

  /** @param spinning whether onnxruntime's threads wait for work in a loop, which costs others their core. */
  static async load(
    modelFolder: string,
    jpegs: Buffer[],
    { spinning }: { spinning: boolean },
  ): Promise<RawEngine> {
    const manifest: Manifest = JSON.parse(readFileSync(join(modelFolder, 'manifest.json'), 'utf8'));
    const session = await InferenceSession.create(
      join(modelFolder, artifactPath(manifest, 'onnxruntime', 'float32')),
      {
        intraOpNumThreads: cores,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } },
      },
    );
    return new RawEngine(manifest, session, jpegs);
  }

  /** Pixels of so many crops from that one on, going round: uint8 (size, height, width, 3). */
  async decode(start: number, size: number): Promise<Uint8Array> {
    const { width, height, channels } = this.manifest.input;
    const cropBytes = width * height * channels;
    const batch = new Uint8Array(size * cropBytes);
    await Promise.all(
      Array.from({ length: size }, async (_, index) => {
        batch.set(await this.#decodeOne(start + index), index * cropBytes);
      }),
    );
    return batch;
  }

  /** Logits of such pixels, float32 (size, classes). */
  async infer(batch: Uint8Array): Promise<Float32Array> {
    const { input, outputs } = this.manifest;
    const shape = [input.height, input.width, input.channels];
    const size = batch.length / shape.reduce((product, side) => product * side);
    const crops = new Tensor('uint8', batch, [size, ...shape]);
    const result = await this.session.run({ [input.name]: crops }, [outputs.logits]);
    return result[outputs.logits]?.data as Float32Array;
  }

  /** Class probabilities of every crop. */
  async probabilities(): Promise<number[][]> {
    const all: number[][] = [];
    for (const index of this.jpegs.keys()) {
      const logits = await this.infer(await this.decode(index, 1));
      all.push([...softmax(logits, this.manifest.calibration.temperature)]);
    }
    return all;
  }

  #decodeOne(index: number): Promise<Uint8Array> {
    const jpeg = this.jpegs[index % this.jpegs.length];
    if (!jpeg) throw new Error('no crops');
    return preprocess(jpeg, this.manifest, Number.POSITIVE_INFINITY, { readers });
  }
}
