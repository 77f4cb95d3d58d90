import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { availableCores } from '../../src/settings/cores.js';
import { loadSettings, SettingsError } from '../../src/settings/load.js';
import { settingsSchema } from '../../src/settings/schema.js';

function problemsOf(environment: NodeJS.ProcessEnv): string[] {
  try {
    loadSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('have defaults', () => {
    // Those of what is sent to laboratory systems are beside what they set.
    expect(loadSettings({})).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      modelsDir: 'models',
      models: ['default'],
      modelMemoryMiB: undefined,
      auth: 'auto',
      keysFile: undefined,
      adminToken: undefined,
      engine: 'auto',
      precision: 'auto',
      openvinoDir: 'runtimes/openvino/lib',
      cacheDir: join(tmpdir(), `hemoserve-${process.getuid?.()}`),
      device: 'cpu',
      engineThreads: availableCores(),
      decodeThreads: availableCores(),
      turbojpeg: 'libturbojpeg.so.0',
      views: 1,
      maxBatchSize: 16,
      maxWaitMs: 0,
      timeoutMs: 120_000,
      maxImagesInFlight: 256,
      maxBytesInFlight: 268_435_456,
      maxClientSharePercent: 75,
      minUploadBytesPerSecond: 4000,
      maxConnections: 4096,
      maxConnectionsPerClient: 1024,
      maxFiles: 1000,
      maxFileBytes: 10_485_760,
      maxImagePixels: 16_777_216,
      cacheEntries: 0,
      database: 'data/hemoserve.db',
      differentialFile: 'config/differential.json',
      maxSlideCrops: 1000,
      maxZipBytes: 268_435_456,
      slideRetentionDays: 30,
      sources: {},
      conformalLevel: 0.95,
      leastProbability: 0.9,
      falseAlarmRate: 0.02,
      quality: 'on',
      shutdownTimeoutMs: 10_000,
      logLevel: 'info',
    });
  });

  it('map sources to versions', () => {
    const { sources } = loadSettings({ HEMOSERVE_SOURCES: 'DM96=inceptionv3@2.0.0,XN:1=lab@1.0.10' });
    expect(sources).toEqual({
      DM96: { name: 'inceptionv3', version: '2.0.0' },
      'XN:1': { name: 'lab', version: '1.0.10' },
    });
    expect(sources.constructor).toBeUndefined();
    expect(() => loadSettings({ HEMOSERVE_SOURCES: 'DM96=inceptionv3' })).toThrow(
      'HEMOSERVE_SOURCES: expected SOURCE=',
    );
  });

  it('come from the environment; an empty variable counts as not set', () => {
    const settings = loadSettings({
      PATH: '/bin',
      HOST: '0.0.0.0',
      PORT: '',
      HEMOSERVE_MODELS: 'default,inceptionv3@1.2.3,vgg16',
      HEMOSERVE_MODEL_MEMORY_MIB: '900',
      HEMOSERVE_ADMIN_TOKEN: 'a-token.of_20~letters+/==',
      HEMOSERVE_ENGINE_THREADS: '3',
    });
    expect(settings).toMatchObject({
      host: '0.0.0.0',
      port: 3000,
      models: ['default', 'inceptionv3@1.2.3', 'vgg16'],
      modelMemoryMiB: 900,
      adminToken: 'a-token.of_20~letters+/==',
      engineThreads: 3,
    });
  });

  it.each([
    ['PORT', 'http', 'PORT: Invalid input: expected number, received NaN'],
    ['PORT', '65536', 'PORT: Too big: expected number to be <=65535'],
    ['PORT', '80.5', 'PORT: Invalid input: expected int, received number'],
    ...['inceptionv3@1', 'inceptionv3@latest', 'a, b', 'a,,b', 'a,', 'Inception'].map((value) => [
      'HEMOSERVE_MODELS',
      value,
      'HEMOSERVE_MODELS: expected name@version, name or default, separated by commas, such as default,vgg16@1.0.0',
    ]),
    ['HEMOSERVE_MODEL_MEMORY_MIB', '0', 'HEMOSERVE_MODEL_MEMORY_MIB: Too small: expected number to be >=1'],
    ...['short', 'sixteen letters and spaces'].map((value) => [
      'HEMOSERVE_ADMIN_TOKEN',
      value,
      'HEMOSERVE_ADMIN_TOKEN: expected at least 16 letters, digits or any of -._~+/',
    ]),
    [
      'HEMOSERVE_ENGINE',
      'torch',
      'HEMOSERVE_ENGINE: Invalid option: expected one of "auto"|"onnxruntime"|"openvino"|"tensorflow"|"remote"',
    ],
    ['HEMOSERVE_DEVICE', 'cuda', 'HEMOSERVE_DEVICE: Invalid option: expected one of "cpu"|"gpu"|"auto"'],
    [
      'HEMOSERVE_PRECISION',
      'float16',
      'HEMOSERVE_PRECISION: Invalid option: expected one of "auto"|"float32"|"bfloat16"|"int8"',
    ],
    [
      'HEMOSERVE_ENGINE',
      'remote',
      'HEMOSERVE_REMOTE_URL: expected the URL of the remote engine, as HEMOSERVE_ENGINE is remote',
    ],
    ['HEMOSERVE_REMOTE_URL', 'triton:8000', 'HEMOSERVE_REMOTE_URL: expected an http or https URL'],
    [
      'HEMOSERVE_REMOTE_MODELS',
      'inceptionv3:3',
      'HEMOSERVE_REMOTE_MODELS: expected name@version=NAME:VERSION or name=NAME, separated by commas, such as ' +
        'inceptionv3@2.0.0=cells:3',
    ],
    ['HEMOSERVE_ENGINE_THREADS', '0', 'HEMOSERVE_ENGINE_THREADS: Too small: expected number to be >=1'],
    ['HEMOSERVE_MAX_BATCH_SIZE', '0', 'HEMOSERVE_MAX_BATCH_SIZE: Too small: expected number to be >=1'],
    [
      'HEMOSERVE_MAX_IMAGES_IN_FLIGHT',
      '-1',
      'HEMOSERVE_MAX_IMAGES_IN_FLIGHT: Too small: expected number to be >=1',
    ],
    ['HEMOSERVE_DECODE_THREADS', '0', 'HEMOSERVE_DECODE_THREADS: Too small: expected number to be >=1'],
    ['HEMOSERVE_VIEWS', '2', 'HEMOSERVE_VIEWS: Invalid option: expected one of "1"|"4"|"8"'],
    ['HEMOSERVE_MAX_WAIT_MS', '-1', 'HEMOSERVE_MAX_WAIT_MS: Too small: expected number to be >=0'],
    ['HEMOSERVE_TIMEOUT_MS', '0', 'HEMOSERVE_TIMEOUT_MS: Too small: expected number to be >=1'],
    [
      'HEMOSERVE_MAX_BYTES_IN_FLIGHT',
      '10485759',
      'HEMOSERVE_MAX_BYTES_IN_FLIGHT: Too small: expected HEMOSERVE_MAX_FILE_BYTES or more',
    ],
    ['HEMOSERVE_CACHE_ENTRIES', '-1', 'HEMOSERVE_CACHE_ENTRIES: Too small: expected number to be >=0'],
    ['HEMOSERVE_MAX_FILES', '0', 'HEMOSERVE_MAX_FILES: Too small: expected number to be >=1'],
    ['HEMOSERVE_MAX_FILE_BYTES', '0', 'HEMOSERVE_MAX_FILE_BYTES: Too small: expected number to be >=1'],
    ['HEMOSERVE_MAX_IMAGE_PIXELS', '0', 'HEMOSERVE_MAX_IMAGE_PIXELS: Too small: expected number to be >=1'],
    [
      'HEMOSERVE_SHUTDOWN_TIMEOUT_MS',
      '0',
      'HEMOSERVE_SHUTDOWN_TIMEOUT_MS: Too small: expected number to be >=1',
    ],
    [
      'HEMOSERVE_LOG_LEVEL',
      'loud',
      'HEMOSERVE_LOG_LEVEL: Invalid option: expected one of "fatal"|"error"|"warn"|"info"|"debug"|"trace"|"silent"',
    ],
    ['HEMOSERVE_MAX_BATCH', '8', 'HEMOSERVE_MAX_BATCH: no such setting'],
  ])('%s=%s is refused', (name, value, message) => {
    expect(problemsOf({ [name]: value })).toEqual([message]);
  });

  it('that are wrong are all listed, each by its name', () => {
    const problems = problemsOf({ PORT: 'x', HEMOSERVE_MAX_FILES: '0', HEMOSERVE_TYPO: '1' });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      'HEMOSERVE_MAX_FILES',
      'HEMOSERVE_TYPO',
      'PORT',
    ]);
  });

  it('each say what they mean', () => {
    for (const [name, schema] of Object.entries(settingsSchema.shape)) {
      expect(schema.description, name).toBeTruthy();
    }
  });
});
