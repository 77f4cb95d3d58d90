import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { artifactPath } from '../../src/registry/artifacts.js';
import type { Precision } from '../../src/vocabulary/precisions.js';
import type { Model } from '../harness/model.js';
import { peerEnvironment, root } from '../harness/paths.js';
import { pythonEnvironment, trainingPython } from '../harness/python.js';

/** One way to run an engine in a loop. */
export interface Pace {
  how: string;
  cropsPerSecond: number;
  cpuSecondsPer1000: number;
}

/** An engine in a loop without HTTP, in its best way. */
export interface RawFigures {
  /** Its name and precision, `openvino int8`. */
  engine: string;
  title: string;
  withDecoding: Pace;
  withoutDecoding: Pace;
  /** One crop after the other, decoded and classified. */
  oneCropP50Ms: number;
  /** Class probabilities of every crop, from onnxruntime only. */
  probabilities?: number[][];
}

export interface MachineFigures {
  /** Of a float32 matrix multiplication on all cores. */
  peakGflops: number;
  gflopPerCrop: number;
}

export function rawOnnxruntime(model: Model, cropsFolder: string, seconds: number): RawFigures {
  const program = ['--import', './scripts/typescript.mjs', 'bench/raw/onnxruntime.ts'];
  return run(process.execPath, [...program, model.folder, cropsFolder, String(seconds)], model);
}

/** Nothing where the peer FastAPI + OpenVINO isn't installed, whose environment this uses. */
export function rawOpenvino(
  model: Model,
  precision: Precision,
  cropsFolder: string,
  seconds: number,
): RawFigures | undefined {
  const python = join(peerEnvironment('fastapi-openvino'), 'bin', 'python');
  if (!existsSync(python)) return undefined;
  const file = join(model.folder, artifactPath(model.manifest, 'openvino', precision));
  return run(python, ['bench/raw/openvino_loop.py', file, precision, cropsFolder, String(seconds)], model);
}

export function machineFigures(model: Model): MachineFigures {
  return run(trainingPython(), ['bench/raw/machine.py'], model);
}

function run<T>(file: string, args: string[], model: Model): T {
  const output = execFileSync(file, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...pythonEnvironment(model) },
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output);
}
