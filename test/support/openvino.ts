import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findEngine } from '../../src/engines/choose/installed.js';
import type { Engine } from '../../src/engines/engine.js';
import { loadSettings } from '../../src/settings/load.js';
import { root } from './fixtures.js';

export const openvinoDir = join(root, 'runtimes', 'openvino', 'lib');
/** Where OpenVINO is not set up (`npm run openvino:setup`) its tests are skipped. */
export const hasOpenVino = existsSync(openvinoDir);

export async function openVino(): Promise<Engine> {
  const engine = await findEngine('openvino', { ...loadSettings({}), openvinoDir });
  if (!engine) throw new Error(`${openvinoDir} is not there: npm run openvino:setup`);
  return engine;
}
