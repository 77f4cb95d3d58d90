import type { Manifest } from '../../registry/manifest.js';
import { type Precision, servedPrecisions } from '../../registry/precision.js';
import { label, ModelRefused } from '../../registry/registry.js';
import type { Settings } from '../../settings/load.js';
import { AUTO_ENGINES, type EngineName } from '../../vocabulary/engines.js';
import type { EngineLog } from '../engine.js';
import { findEngine, type InstalledEngine } from './installed.js';

/** One way to run a model. */
export interface Candidate {
  engine: InstalledEngine;
  precision: Precision;
}

export type CandidateSettings = Pick<Settings, 'engine' | 'precision' | 'device' | 'openvinoDir'>;

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
  const refuse = (reason: string) => new ModelRefused(label(manifest), reason);
  const { engine: wantedEngine, precision: wanted, device } = settings;
  const names = wantedEngine === 'auto' ? AUTO_ENGINES : [wantedEngine];
  if (wanted !== 'auto' && !names.some((name) => allowedPrecisions(manifest, name).includes(wanted))) {
    throw refuse(
      `HEMOSERVE_PRECISION is ${wanted}, which its manifest does not allow on ${names.join(' or ')}`,
    );
  }
  const engines: InstalledEngine[] = [];
  for (const name of names) {
    const found = await findEngine(name, settings).catch((error: Error) => {
      if (wantedEngine !== 'auto') throw refuse(`${name} does not load: ${error.message}`);
      log.warn(error, `${name} is installed, but does not load`);
      return undefined;
    });
    if (found && device === 'gpu' && !found.devices.includes(device)) {
      if (wantedEngine !== 'auto') throw refuse(`HEMOSERVE_DEVICE is gpu, which ${name} cannot use`);
    } else if (found) engines.push(found);
    else if (wantedEngine !== 'auto')
      throw refuse(`HEMOSERVE_ENGINE is ${name}, but ${howToInstall(name, settings)}`);
  }
  const candidates = engines.flatMap((engine) => {
    const allowed = allowedPrecisions(manifest, engine.name);
    return engine.precisions
      .filter((precision) => allowed.includes(precision) && (wanted === 'auto' || wanted === precision))
      .map((precision) => ({ engine, precision }));
  });
  if (candidates.length === 0) {
    const reasons = engines.map(({ name, precisions }) =>
      precisions.some((precision) => precision === wanted)
        ? `its manifest does not allow it on ${name}`
        : `${name} cannot run it`,
    );
    throw refuse(`HEMOSERVE_PRECISION is ${wanted}, but ${reasons.join(' and ')}`);
  }
  return candidates;
}

function howToInstall(name: EngineName, { openvinoDir }: CandidateSettings): string {
  return name === 'openvino'
    ? `${openvinoDir} is not there: run npm run openvino:setup, or set HEMOSERVE_OPENVINO_DIR`
    : 'it is not installed';
}
