import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cells, modelsDir, root } from '../../support/fixtures.js';
import { imageForm } from '../../support/service.js';
import { ServiceProcess } from '../../support/service-process.js';

/** Notes each name that a process looks up, and finds none. */
const SPY = `
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  FILE *file = fopen(getenv("LOOKED_UP"), "a");
  if (file) {
    fprintf(file, "%s\\n", name ? name : "");
    fclose(file);
  }
  return EAI_NONAME;
}`;
const hasCompiler = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;
const python = join(root, 'training', '.venv', 'bin', 'python');
/** Its events were sent some seconds after the library was loaded. */
const SEND_MS = 8_000;

describe.skipIf(!hasCompiler)('onnxruntime tells nobody (skipped without a C compiler)', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hemoserve-spy-'));
    writeFileSync(join(folder, 'spy.c'), SPY);
    execFileSync('cc', ['-shared', '-fPIC', '-o', join(folder, 'spy.so'), join(folder, 'spy.c')]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** An environment without CI, where onnxruntime keeps quiet by itself, and what was seen in it. */
  function watched(name: string) {
    const [home, lookedUp] = [join(folder, name), join(folder, `${name}.txt`)];
    mkdirSync(home);
    return {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: home,
        LD_PRELOAD: join(folder, 'spy.so'),
        LOOKED_UP: lookedUp,
      },
      seen: () => ({
        lookedUp: existsSync(lookedUp) ? readFileSync(lookedUp, 'utf8').trim().split('\n') : [],
        written: readdirSync(home),
      }),
    };
  }

  it('which this test would see', () => {
    const { env, seen } = watched('control');
    const script = 'require("node:dns").lookup("somewhere.invalid", () => {})';
    spawnSync(process.execPath, ['-e', script], { env });
    expect(seen().lookedUp).toEqual(['somewhere.invalid']);
  });

  it('in the service, neither by a look-up nor in a file below the home folder', {
    timeout: 60_000,
  }, async () => {
    const { env, seen } = watched('service');
    const service = new ServiceProcess(env);
    try {
      const url = await service.url();
      await service.line('model ready');
      const answer = await fetch(`${url}/v1/classify`, { method: 'POST', body: imageForm(cells()) });
      expect(answer.status).toBe(200);
      await setTimeout(SEND_MS);
    } finally {
      service.kill('SIGTERM');
    }
    expect(await service.exit).toBe(0);
    expect(seen()).toEqual({ lookedUp: [], written: [] });
  });

  it.skipIf(!existsSync(python))('in training (skipped without train:setup)', { timeout: 60_000 }, () => {
    const { env, seen } = watched('training');
    const { name, version } = JSON.parse(readFileSync(join(modelsDir, 'default.json'), 'utf8')) as {
      name: string;
      version: string;
    };
    const file = join(modelsDir, name, version, 'model.onnx');
    const script =
      `import hemoserve_training, onnxruntime, time; onnxruntime.InferenceSession(${JSON.stringify(file)}); ` +
      `time.sleep(${SEND_MS / 1000})`;
    const { status, stderr } = spawnSync(python, ['-c', script], { env, cwd: join(root, 'training') });
    expect(stderr.toString()).toBe('');
    expect(status).toBe(0);
    expect(seen()).toEqual({ lookedUp: [], written: [] });
  });
});
