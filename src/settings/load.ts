import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import type { ViewCount } from '../classify/views.js';
import type { Precision } from '../registry/precision.js';
import type { EngineName } from '../vocabulary/engines.js';
import { availableCores } from './cores.js';
import { environmentSchema } from './schema.js';

/** The service's settings, with units in their names. */
export interface Settings {
  host: string;
  port: number;
  modelsDir: string;
  /** What to serve: `name@version`, `name` or `default` each, the process's default first. */
  models: readonly string[];
  modelMemoryMiB: number | undefined;
  adminToken: string | undefined;
  engine: 'auto' | EngineName;
  precision: 'auto' | Precision;
  openvinoDir: string;
  cacheDir: string;
  device: 'cpu' | 'gpu' | 'auto';
  engineThreads: number;
  decodeThreads: number;
  views: ViewCount;
  maxBatchSize: number;
  maxWaitMs: number;
  timeoutMs: number;
  maxImagesInFlight: number;
  maxBytesInFlight: number;
  maxFiles: number;
  maxFileBytes: number;
  maxImagePixels: number;
  cacheEntries: number;
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
    models: values.HEMOSERVE_MODELS.split(','),
    modelMemoryMiB: values.HEMOSERVE_MODEL_MEMORY_MIB,
    adminToken: values.HEMOSERVE_ADMIN_TOKEN,
    engine: values.HEMOSERVE_ENGINE,
    device: values.HEMOSERVE_DEVICE,
    engineThreads: values.HEMOSERVE_ENGINE_THREADS ?? availableCores(),
    decodeThreads: values.HEMOSERVE_DECODE_THREADS ?? availableCores(),
    views: Number(values.HEMOSERVE_VIEWS) as ViewCount,
    precision: values.HEMOSERVE_PRECISION,
    openvinoDir: values.HEMOSERVE_OPENVINO_DIR,
    cacheDir: values.HEMOSERVE_CACHE_DIR ?? join(tmpdir(), 'hemoserve'),
    maxBatchSize: values.HEMOSERVE_MAX_BATCH_SIZE,
    maxWaitMs: values.HEMOSERVE_MAX_WAIT_MS,
    timeoutMs: values.HEMOSERVE_TIMEOUT_MS,
    maxImagesInFlight: values.HEMOSERVE_MAX_IMAGES_IN_FLIGHT,
    maxBytesInFlight: values.HEMOSERVE_MAX_BYTES_IN_FLIGHT,
    maxFiles: values.HEMOSERVE_MAX_FILES,
    maxFileBytes: values.HEMOSERVE_MAX_FILE_BYTES,
    maxImagePixels: values.HEMOSERVE_MAX_IMAGE_PIXELS,
    cacheEntries: values.HEMOSERVE_CACHE_ENTRIES,
    shutdownTimeoutMs: values.HEMOSERVE_SHUTDOWN_TIMEOUT_MS,
    logLevel: values.HEMOSERVE_LOG_LEVEL,
  };
}

function describeIssue(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.')}: ${issue.message}`;
}
