import type { FastifyBaseLogger } from 'fastify';
import type { Manifest } from '../registry/manifest.js';
import type { ModelVersion } from '../registry/registry.js';
import type { EngineName } from '../vocabulary/engines.js';
import type { Precision } from '../vocabulary/precisions.js';

/** Crops after preprocessing, one after the other: uint8 (count, height, width, 3), RGB. */
export interface CropBatch {
  pixels: Uint8Array;
  count: number;
}

/** What the model says of a batch, row by row. */
export interface BatchOutput {
  /** float32 (count, classes), before temperature and softmax. */
  logits: Float32Array;
  /** float32 (count, featureCount), the pooled features before the head. */
  features: Float32Array;
  /** float32 (count, height, width, classes), where the model sees each class; absent where its version has none. */
  activationMaps?: Float32Array;
}

/** Name in the model's file of each output that it has. */
export type OutputNames = { [Output in keyof BatchOutput]: string };

/** Names of the outputs that the manifest states. */
export function outputNames({ outputs: { logits, features, activationMaps } }: Manifest): OutputNames {
  return { logits, features, ...(activationMaps && { activationMaps: activationMaps.name }) };
}

/** Reads each output that a model has by its name. */
export function readOutputs(names: OutputNames, read: (name: string) => Float32Array): BatchOutput {
  const { logits, features, activationMaps } = names;
  return {
    logits: read(logits),
    features: read(features),
    ...(activationMaps !== undefined && { activationMaps: read(activationMaps) }),
  };
}

/** Where a model runs. */
export type Device = 'cpu' | 'gpu';

/** What runs the model, and where, for operators. */
export interface EngineDescription {
  name: string;
  version: string;
  /** The one that the loaded model really runs on; what a remote engine runs it on nobody tells. */
  device: Device | 'remote';
  /** Of one inference, in this process or its children; 0 where a remote engine runs it. */
  threads: number;
  precision: Precision;
}

/** How a model is to be loaded. */
export interface SessionOptions {
  /** Threads of one inference. */
  threads: number;
  precision: Precision;
  /** `auto` takes the GPU where there is one; `gpu` makes `load` reject where there is none. */
  device: Device | 'auto';
  /** Told of what operators should know, such as a process that died. */
  log: EngineLog;
  /** Where compiled networks may be kept, which load faster; nowhere without it. */
  cacheDir?: string;
  /** Ends the load of an engine that waits for another machine. */
  signal?: AbortSignal;
}

export type EngineLog = Pick<FastifyBaseLogger, 'info' | 'warn'>;

/** An inference library that is installed on this machine. To add one, see CONTRIBUTING.md. */
export interface Engine {
  readonly name: EngineName;
  /** `unknown` where only a loaded model tells. */
  readonly version: string;
  readonly precisions: readonly Precision[];
  readonly devices: readonly Device[];
  /** Rejects when the model's file does not load or lacks the manifest's input or outputs; nothing stays open then. */
  load(model: ModelVersion, options: SessionOptions): Promise<Session>;
}

/** How much of the engine a batch gets: all, or one of `concurrency` parts, where others run beside it. */
export type Share = 'whole' | 'part';

/** Tries a session with a batch of so many crops. */
export type TryRun = (count: number, share: Share) => Promise<void>;

/** A model that is loaded in an engine. It keeps the inference off the event loop; calls may overlap. */
export interface Session {
  readonly description: EngineDescription;
  /** Parts of it that run a batch each at the same time, while a next one for each may wait in it. */
  readonly concurrency: number;
  /** Crops at a time that a part runs best, where more are not faster; undefined where more always are. */
  readonly partSize: number | undefined;
  /** Whether the parts are engines of their own, so that no batch gains from having them all. */
  readonly independentParts?: boolean;
  /**
   * Runs each network that it has with each batch size, so that no request pays for a first run, nor meets a network
   * that nobody has tried.
   *
   * @param tryRun runs a batch of so many crops and checks the output, if it is to be checked; blank crops without it.
   *   Rejects with what that rejects with.
   */
  warmUp(batchSizes: readonly number[], tryRun?: TryRun): Promise<void>;
  /**
   * Throws the ServiceError engine_unavailable while the model cannot run, because its process died and is being
   * started again, or its server is not there; asked by readiness, and before work is begun in vain.
   */
  ensureAvailable(): void;
  /**
   * Takes over `batch.pixels`: the caller may not use its buffer again. Rejects with the ServiceError
   * engine_unavailable when the model's process dies meanwhile, or has died, with engine_wrong_answer when a remote
   * engine says what is no output of the model, and with an Error after `close`.
   *
   * @param share the whole engine without it.
   */
  run(batch: CropBatch, share?: Share): Promise<BatchOutput>;
  /** Ends the session after the batches that run. */
  close(): Promise<void>;
}

/** Crops of zeros, to try a model with. */
export function blankBatch({ input }: Manifest, count: number): CropBatch {
  return { pixels: new Uint8Array(count * input.width * input.height * input.channels), count };
}

/** Tries a session with crops of zeros, whatever it says of them. */
export function tryBlanks(session: Session, manifest: Manifest): TryRun {
  return async (count, share) => {
    await session.run(blankBatch(manifest, count), share);
  };
}

/** Throws unless the output of one crop has the lengths that the manifest says; `source` is the model's file. */
export function checkOutput(
  source: string,
  { classes, outputs }: Manifest,
  { logits, features, activationMaps }: BatchOutput,
): void {
  if (logits.length !== classes.length || features.length !== outputs.featureCount) {
    throw new Error(
      `${source} gives ${logits.length} logits and ${features.length} features; its manifest says ` +
        `${classes.length} and ${outputs.featureCount}`,
    );
  }
  const { width = 0, height = 0 } = outputs.activationMaps ?? {};
  const expected = width * height * classes.length;
  if ((activationMaps?.length ?? 0) === expected) return;
  throw new Error(
    `${source} gives ${activationMaps?.length} values of activation maps; its manifest says ${expected}`,
  );
}

/**
 * Keeps NVIDIA's libraries from rounding float32 factors to TF32's 10 bits, unless operators say otherwise: a model
 * should say the same on every device. Works in the main thread, before CUDA is loaded.
 */
export function useFullFloat32(): void {
  process.env.NVIDIA_TF32_OVERRIDE ??= '0';
}
