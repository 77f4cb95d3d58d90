import { existsSync } from 'node:fs';
import type { RemoteSettings, Settings } from '../../settings/schema.js';
import type { EngineName } from '../../vocabulary/engines.js';
import type { Engine } from '../engine.js';
import { onnxRuntime } from '../onnxruntime/adapter.js';
import { tensorFlow } from '../tensorflow/adapter.js';

/**
 * Looks an engine's library up.
 *
 * @returns undefined where it is not installed.
 * @throws {Error} when it is there and does not load.
 */
export async function findEngine(
  name: EngineName,
  { openvinoDir, ...settings }: Pick<Settings, 'openvinoDir'> & RemoteSettings,
): Promise<Engine | undefined> {
  switch (name) {
    case 'onnxruntime':
      return onnxRuntime;
    case 'openvino':
      return existsSync(openvinoDir) ? openVino(openvinoDir) : undefined;
    case 'tensorflow':
      return tensorFlow;
    case 'remote': {
      if (settings.remoteUrl === undefined) return undefined;
      const { remoteEngine } = await import('../remote/adapter.js');
      return remoteEngine({ ...settings, remoteUrl: settings.remoteUrl });
    }
  }
}

/** Its modules are loaded only where it is installed, since they load a native addon. */
async function openVino(libraryDir: string): Promise<Engine> {
  const { openLibrary } = await import('../openvino/bindings.js');
  const { openVinoEngine } = await import('../openvino/adapter.js');
  return openVinoEngine(openLibrary(libraryDir));
}
