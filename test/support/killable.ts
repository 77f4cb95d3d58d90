import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './fixtures.js';
import { GeneratedRegistry } from './generated-registry.js';
import type { Killable } from './kill.js';

const FROM_SOURCES = ['--import', join(root, 'scripts', 'typescript.mjs'), join(root, 'src', 'main.ts')];

/**
 * The service as a process, with a small model, and a database that outlives it.
 *
 * @param args of Node; runs the sources unless given.
 */
export async function killableService(args = FROM_SOURCES): Promise<Killable & { dispose(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'hemoserve-kill-'));
  const registry = await GeneratedRegistry.withSmallModel();
  const env = {
    PATH: process.env.PATH,
    PORT: '0',
    HEMOSERVE_ENGINE: 'onnxruntime',
    HEMOSERVE_PRECISION: 'float32',
    HEMOSERVE_MODELS_DIR: registry.folder,
    HEMOSERVE_DATABASE: join(folder, 'slides.db'),
  };
  return {
    async start() {
      const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
      const exit = once(child, 'exit');
      const lines = createInterface(child.stdout);
      let url = '';
      for await (const line of lines) {
        url ||= /listening.*(http:[^"]+)/.exec(line)?.[1] ?? '';
        if (line.includes('model ready')) break;
      }
      if (!url) throw new Error('the service did not start');
      child.stdout.resume();
      return {
        url,
        async kill() {
          child.kill('SIGKILL');
          await exit;
        },
      };
    },
    dispose() {
      registry.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
