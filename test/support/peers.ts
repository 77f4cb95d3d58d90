import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { modelsDir, root } from './fixtures.js';

/** Servers and clients that nobody here wrote, from `test/peers/setup.sh`. */
export const peersDir = join(root, 'test', 'peers');

/** A server of the Open Inference Protocol that runs the default model. */
export interface Peer {
  port: number;
  /** Lets its network fail: one of the words that network.py knows. */
  fail(fault: string | undefined): void;
  kill(signal: NodeJS.Signals): void;
  /** Starts it again, at the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A program of an environment in test/peers. */
export function pythonProgram(environment: string, program: string): string {
  return join(peersDir, environment, 'bin', program);
}

/** The default model's network, for whoever loads it elsewhere. */
export function defaultNetwork(): string {
  const { name, version } = JSON.parse(readFileSync(join(modelsDir, 'default.json'), 'utf8'));
  return join(modelsDir, name, version, 'model.onnx');
}

export async function startMlServer(): Promise<Peer> {
  return startPeer('mlserver', pythonProgram('.venv', 'mlserver'), ['start', '.'], async (port) => ({
    MLSERVER_HOST: '127.0.0.1',
    MLSERVER_HTTP_PORT: String(port),
    MLSERVER_GRPC_PORT: String(await freePort()),
    MLSERVER_METRICS_PORT: String(await freePort()),
    MLSERVER_PARALLEL_WORKERS: '0',
    MLSERVER_DEBUG: 'false',
  }));
}

export async function startTriton(): Promise<Peer> {
  const configuration = readFileSync(join(peersDir, '.venv-triton', 'pyvenv.cfg'), 'utf8');
  const [, bin = ''] = configuration.match(/^home = (.*)$/m) ?? [];
  return startPeer('triton', pythonProgram('.venv-triton', 'python'), ['server.py'], async (port) => ({
    PORT: String(port),
    // Triton's stub must meet the libpython of the environment's own Python.
    LD_LIBRARY_PATH: join(bin, '..', 'lib'),
  }));
}

async function startPeer(
  name: string,
  program: string,
  args: string[],
  environment: (port: number) => Promise<Record<string, string>>,
): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'hemoserve-peer-'));
  const faultFile = join(folder, 'fault');
  const port = await freePort();
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    NETWORK: defaultNetwork(),
    FAULT_FILE: faultFile,
    MLSERVER_METRICS_DIR: folder,
    ...(await environment(port)),
  };
  let child: ChildProcess;
  let output = '';
  async function start() {
    // In a group of its own, since Triton is a child of its Python.
    child = spawn(program, args, { cwd: join(peersDir, name), env, detached: true, stdio: 'pipe' });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text) => {
        output = (output + text).slice(-4000);
      });
    }
    await vi.waitFor(
      async () => {
        const { status } = await fetch(`http://127.0.0.1:${port}/v2/models/cells/ready`);
        if (status !== 200) throw new Error(`status ${status}: ${output}`);
      },
      { timeout: 90_000, interval: 200 },
    );
  }
  const kill = (signal: NodeJS.Signals) => void process.kill(-(child.pid ?? 0), signal);
  await start().catch((error) => {
    throw new Error(`${name} does not start: ${output}`, { cause: error });
  });
  return {
    port,
    fail(fault) {
      if (fault) writeFileSync(faultFile, fault);
      else rmSync(faultFile, { force: true });
    },
    kill,
    restart: start,
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        kill('SIGCONT');
        kill('SIGKILL');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
