import { ARTIFACT_KINDS, findArtifact } from '../../registry/artifacts.js';
import type { Manifest } from '../../registry/manifest.js';
import { servedPrecisions } from '../../registry/precision.js';
import { ModelRefused, type ModelVersion, modelId } from '../../registry/registry.js';
import type { RemoteSettings, Settings } from '../../settings/schema.js';
import type { EngineName } from '../../vocabulary/engines.js';
import type { Precision } from '../../vocabulary/precisions.js';
import type { Engine, EngineLog, Session, SessionOptions } from '../engine.js';
import { findEngine } from './installed.js';

/** Those that `auto` chooses among: TensorFlow is slower than either on every machine that was measured. */
const AUTO_ENGINES: readonly EngineName[] = ['onnxruntime', 'openvino'];

/** One way to run a model: an installed engine in one precision. */
export interface Candidate {
  engine: EngineName;
  /** Of the engine's library. */
  version: string;
  precision: Precision;
  load(model: ModelVersion, options: Omit<SessionOptions, 'precision'>): Promise<Session>;
}

export type CandidateSettings = Pick<Settings, 'engine' | 'precision' | 'device' | 'openvinoDir'> &
  RemoteSettings;

/**
 * The ways to run a model that the settings, its manifest and the installed libraries leave.
 *
 * @param allowedPrecisions those that an engine may use; the ones that the manifest lets it serve without it.
 * @returns at least one; onnxruntime's float32 is the first, if it is among them.
 * @throws {ModelRefused} when none is left.
 */
export async function listCandidates(
  manifest: Manifest,
  settings: CandidateSettings,
  log: EngineLog,
  allowedPrecisions: typeof servedPrecisions = servedPrecisions,
): Promise<Candidate[]> {
  const { precision: wanted } = settings;
  const names = settings.engine === 'auto' ? AUTO_ENGINES : [settings.engine];
  const allows = (name: EngineName, precision: Precision) =>
    allowedPrecisions(manifest, name).includes(precision);
  const refuse = (reason: string): never => {
    throw new ModelRefused(modelId(manifest), reason);
  };
  if (wanted !== 'auto' && !names.some((name) => allows(name, wanted))) {
    refuse(`HEMOSERVE_PRECISION is ${wanted}, which its manifest does not allow on ${names.join(' or ')}`);
  }
  if (!names.some((name) => findArtifact(manifest, name, 'float32'))) {
    const kinds = new Set(names.map((name) => ARTIFACT_KINDS[name]));
    const verb = names.length === 1 ? 'runs' : 'run';
    refuse(`its manifest names no ${[...kinds].join(' and no ')}, which ${names.join(' and ')} ${verb}`);
  }
  const engines = await findEngines(names, settings, log, refuse);
  const candidates = engines.flatMap((engine) =>
    engine.precisions.map((precision) => candidateOf(engine, precision)),
  );
  const left = candidates.filter(
    ({ engine, precision }) => allows(engine, precision) && (wanted === 'auto' || wanted === precision),
  );
  if (left.length > 0) return left;
  const reasons = engines.map(({ name, precisions }) =>
    precisions.some((precision) => precision === wanted)
      ? `its manifest does not allow it on ${name}`
      : `${name} cannot run it`,
  );
  return refuse(`HEMOSERVE_PRECISION is ${wanted}, but ${reasons.join(' and ')}`);
}

function candidateOf(engine: Engine, precision: Precision): Candidate {
  const { name, version } = engine;
  return {
    engine: name,
    version,
    precision,
    load: (model, options) => engine.load(model, { ...options, precision }),
  };
}

/** Those that are installed and can use the device. One that the settings name must be; others are passed over. */
async function findEngines(
  names: readonly EngineName[],
  settings: CandidateSettings,
  log: EngineLog,
  refuse: (reason: string) => never,
): Promise<Engine[]> {
  const wanted = settings.engine !== 'auto';
  const found: Engine[] = [];
  for (const name of names) {
    try {
      const engine = await findEngine(name, settings);
      const usesDevice = engine && (settings.device !== 'gpu' || engine.devices.includes('gpu'));
      if (usesDevice) found.push(engine);
      else if (wanted && engine) refuse(`HEMOSERVE_DEVICE is gpu, which ${name} cannot use`);
      else if (wanted) refuse(`HEMOSERVE_ENGINE is ${name}, but ${howToInstall(name, settings)}`);
    } catch (error) {
      if (error instanceof ModelRefused) throw error;
      if (wanted) refuse(`${name} does not load: ${(error as Error).message}`);
      log.warn(error, `${name} is installed, but does not load`);
    }
  }
  return found;
}

function howToInstall(name: EngineName, { openvinoDir }: CandidateSettings): string {
  if (name === 'remote') return 'HEMOSERVE_REMOTE_URL is not set';
  return name === 'openvino'
    ? `${openvinoDir} is not there: run npm run openvino:setup, or set HEMOSERVE_OPENVINO_DIR`
    : 'it is not installed';
}
