import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import type { EngineName } from '../engines/names.js';
import type { Precision } from '../registry/precision.js';
import { environmentSchema } from './schema.js';

/** The service's settings, with units in their names. */
export interface Settings {
  host: string;
  port: number;
  modelsDir: string;
  /** `name@version` to serve instead of the registry's default. */
  model: string | undefined;
  engine: 'auto' | EngineName;
  precision: 'auto' | Precision;
  openvinoDir: string;
  cacheDir: string;
  engineThreads: number;
  maxBatchSize: number;
  maxImagesInFlight: number;
  maxFiles: number;
  maxFileBytes: number;
  maxImagePixels: number;
  shutdownTimeoutMs: number;
  logLevel: string;
}

/** Wrong settings: `problems` has one line for each, beginning with the variable's name. */
export class SettingsError extends Error {
  constructor(readonly problems: string[]) {
    super(`wrong settings:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/**
 * Reads the settings from environment variables; empty ones count as not set.
 *
 * @throws {SettingsError} listing every wrong or unknown variable, not only the first.
 */
export function loadSettings(environment: NodeJS.ProcessEnv): Settings {
  const given = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '');
  const unknown = given
    .map(([name]) => name)
    .filter((name) => name.startsWith('HEMOSERVE_') && !(name in environmentSchema.shape))
    .map((name) => `${name}: no such setting`);
  const parsed = environmentSchema.safeParse(Object.fromEntries(given));
  const problems = [...unknown, ...(parsed.error?.issues.map(describeIssue) ?? [])];
  if (!parsed.success || problems.length > 0) throw new SettingsError(problems);
  const values = parsed.data;
  return {
    host: values.HOST,
    port: values.PORT,
    modelsDir: values.HEMOSERVE_MODELS_DIR,
    model: values.HEMOSERVE_MODEL,
    engine: values.HEMOSERVE_ENGINE,
    precision: values.HEMOSERVE_PRECISION,
    openvinoDir: values.HEMOSERVE_OPENVINO_DIR,
    cacheDir: values.HEMOSERVE_CACHE_DIR ?? join(tmpdir(), 'hemoserve'),
    engineThreads: values.HEMOSERVE_ENGINE_THREADS ?? availableParallelism(),
    maxBatchSize: values.HEMOSERVE_MAX_BATCH_SIZE,
    maxImagesInFlight: values.HEMOSERVE_MAX_IMAGES_IN_FLIGHT,
    maxFiles: values.HEMOSERVE_MAX_FILES,
    maxFileBytes: values.HEMOSERVE_MAX_FILE_BYTES,
    maxImagePixels: values.HEMOSERVE_MAX_IMAGE_PIXELS,
    shutdownTimeoutMs: values.HEMOSERVE_SHUTDOWN_TIMEOUT_MS,
    logLevel: values.HEMOSERVE_LOG_LEVEL,
  };
}

function describeIssue(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.')}: ${issue.message}`;
}
