import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Model } from './model.js';

export const root = join(import.meta.dirname, '..');
export const cores = availableParallelism();
/** Largest batch of everyone who forms batches. */
export const MAX_BATCH_SIZE = 16;

/** One classification of one JPEG, as a contender wants to be asked. */
export interface CropRequest {
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Command {
  file: string;
  args: string[];
  cwd?: string;
  env?: Record<string, string>;
}

/** A service under test: ours or a peer. It decodes and resizes the JPEG itself and answers class probabilities. */
export interface Contender {
  /** For `--peers`. */
  name: string;
  title: string;
  /** How it is set for throughput: processes, threads, batches. Shown in the table. */
  settings: string;
  /** Why it cannot run here; absent when it can. */
  missing(): string | undefined;
  command(model: Model, port: number): Command;
  /** Answers 2xx once the model is loaded. */
  readyPath: string;
  request(jpeg: Buffer): CropRequest;
  /** Class probabilities in the manifest's order. Throws when the answer has none. */
  probabilities(answer: unknown, classes: string[]): number[];
}

/** What peers in Python have in common; each has its own environment, from `npm run bench:setup`. */
export function pythonPeer(
  peer: Pick<Contender, 'name' | 'title' | 'settings' | 'readyPath' | 'request' | 'probabilities'> & {
    /** A program of the environment and its arguments; without it, `python server.py`. */
    program?: (port: number) => string[];
    env?: (port: number) => Record<string, string>;
  },
): Contender {
  const environment = join(root, 'bench', `.venv-${peer.name}`);
  return {
    ...peer,
    missing: () => setupFailure(peer.name, environment),
    command(model, port) {
      const [program = '', ...args] = peer.program?.(port) ?? ['python', 'server.py'];
      return {
        file: join(environment, 'bin', program),
        args,
        cwd: join(root, 'bench', 'peers', peer.name),
        env: { ...pythonEnvironment(model, port), ...peer.env?.(port) },
      };
    },
  };
}

/** The environment variables that bench/peers/model.py reads. */
export function pythonEnvironment(model: Model, port = 0): Record<string, string> {
  return {
    PYTHONPATH: join(root, 'bench', 'peers'),
    PYTHONDONTWRITEBYTECODE: '1',
    BENCH_MODEL_DIR: model.folder,
    BENCH_PORT: String(port),
    BENCH_CORES: String(cores),
    BENCH_MAX_BATCH_SIZE: String(MAX_BATCH_SIZE),
  };
}

function setupFailure(name: string, environment: string): string | undefined {
  const log = join(root, 'bench', `.setup-${name}.log`);
  if (existsSync(log)) return `not installed: ${readFileSync(log, 'utf8').trim().split('\n').at(-1)}`;
  return existsSync(environment) ? undefined : `needs \`npm run bench:setup -- ${name}\``;
}

/** One JPEG as a multipart form with one file. */
export function multipart(path: string, field: string, jpeg: Buffer): CropRequest {
  const boundary = 'hemoserve-bench';
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="crop.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`;
  return {
    path,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), jpeg, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}

export function json(path: string, value: unknown): CropRequest {
  return { path, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) };
}
