import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ENGINES } from '../vocabulary/engines.js';
import { PRECISIONS } from '../vocabulary/precisions.js';
import { VIEW_COUNTS, type ViewCount } from '../vocabulary/views.js';
import { accessProblems, accessSettings } from './access.js';
import { availableCores } from './cores.js';
import { lisSettings } from './lis.js';
import { objectProblems, objectSettings } from './objects.js';
import { remoteProblems, remoteSettings } from './remote.js';
import { sendingProblems, sendingSettings } from './sending.js';
import { integer, setting } from './setting.js';
import { workbenchSettings } from './workbench.js';

const proportion = (min: number, max: number) => z.coerce.number().min(min).max(max);
const text = z.string().min(1);

/** A version by the source that it answers. */
function sourceVersions(text = ''): Readonly<Record<string, { name: string; version: string } | undefined>> {
  const entries = text
    .split(',')
    .filter(Boolean)
    .map((entry) => {
      const [source = '', name = '', version = ''] = entry.split(/[=@]/);
      return [source, { name, version }] as const;
    });
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/**
 * The service's settings, with units in their names: all that is known of each, once. The type `Settings`, what
 * `loadSettings` reads and the documents' table (`npm run generate`) come from here.
 */
export const settingsSchema = z
  .object({
    host: setting(
      'HOST',
      text.default('127.0.0.1'),
      'Address to listen on; the log warns where other machines reach it',
    ),
    port: setting('PORT', integer(0, 65535).default(3000), 'Port to listen on; 0 takes a free one'),
    modelsDir: setting('HEMOSERVE_MODELS_DIR', text.default('models'), 'Folder of the model registry'),
    models: setting(
      'HEMOSERVE_MODELS',
      z
        .string()
        .regex(
          /^[a-z0-9-]+(@\d+\.\d+\.\d+)?(,[a-z0-9-]+(@\d+\.\d+\.\d+)?)*$/,
          'expected name@version, name or default, separated by commas, such as default,vgg16@1.0.0',
        )
        .default('default')
        .transform((names): readonly string[] => names.split(',')),
      'Models to serve side by side, separated by commas: `name@version`, `name` (its newest version) or ' +
        '`default` (what the registry says). The first one answers requests that name no model',
    ),
    sources: setting(
      'HEMOSERVE_SOURCES',
      z
        .string()
        .regex(
          /^[\w.:-]{1,64}=[a-z0-9-]+@\d+\.\d+\.\d+(,[\w.:-]{1,64}=[a-z0-9-]+@\d+\.\d+\.\d+)*$/,
          'expected SOURCE=name@version, separated by commas, such as DM96=inceptionv3@2.0.0',
        )
        .optional()
        .transform(sourceVersions),
      'Which served version answers which source, as `SOURCE=name@version`, separated by commas; the others get the ' +
        'default. A request that names a model gets that one',
    ),
    modelMemoryMiB: setting(
      'HEMOSERVE_MODEL_MEMORY_MIB',
      integer(1, 16_777_216).optional(),
      'Most memory of all loaded models, as measured when they are loaded; no limit unless set',
    ),
    engine: setting(
      'HEMOSERVE_ENGINE',
      z.enum(['auto', ...ENGINES]).default('auto'),
      'Inference engine; `auto` takes the fastest that is installed, by a measurement once the service is idle; ' +
        '`remote` is HEMOSERVE_REMOTE_URL',
    ),
    precision: setting(
      'HEMOSERVE_PRECISION',
      z.enum(['auto', ...PRECISIONS]).default('auto'),
      "Arithmetic of the network; `auto` takes the fastest that the model's manifest allows",
    ),
    openvinoDir: setting(
      'HEMOSERVE_OPENVINO_DIR',
      text.default('runtimes/openvino/lib'),
      "Folder of OpenVINO's libraries; `npm run openvino:setup` fills the default one",
    ),
    cacheDir: setting(
      'HEMOSERVE_CACHE_DIR',
      text.optional().transform((folder) => folder ?? join(tmpdir(), `hemoserve-${process.getuid?.()}`)),
      'Folder for what `auto` measured and OpenVINO compiled, used only if nobody else may write into it; ' +
        "`hemoserve-UID` in the system's folder of temporary files unless set, with the user's number",
    ),
    device: setting(
      'HEMOSERVE_DEVICE',
      z.enum(['cpu', 'gpu', 'auto']).default('cpu'),
      'Where the model runs; `auto` is the GPU where there is one, `gpu` does not start without',
    ),
    engineThreads: setting(
      'HEMOSERVE_ENGINE_THREADS',
      integer(1, 1024)
        .optional()
        .transform((threads) => threads ?? availableCores()),
      'Threads that one inference uses; as many as cores unless set',
    ),
    decodeThreads: setting(
      'HEMOSERVE_DECODE_THREADS',
      integer(1, 1024)
        .optional()
        .transform((threads) => threads ?? availableCores()),
      'Images decoded at a time; as many as cores unless set',
    ),
    turbojpeg: setting(
      'HEMOSERVE_TURBOJPEG',
      text.default('libturbojpeg.so.0'),
      "File or name of libjpeg-turbo's TurboJPEG library, which decodes usual JPEGs faster and to the same pixels " +
        '(Debian: libturbojpeg0); libvips decodes them where it is not there, or with `off`',
    ),
    views: setting(
      'HEMOSERVE_VIEWS',
      z
        .enum(VIEW_COUNTS.map(String))
        .default('1')
        .transform((count) => Number(count) as ViewCount),
      'Views of each crop whose logits are averaged (test-time augmentation): the crop alone, its ' +
        'four quarter turns, or these and their mirror images; more accurate, and so many times the inference',
    ),
    maxBatchSize: setting(
      'HEMOSERVE_MAX_BATCH_SIZE',
      integer(1, 1024).default(16),
      'Most crops in one inference',
    ),
    maxWaitMs: setting(
      'HEMOSERVE_MAX_WAIT_MS',
      integer(0, 60_000).default(0),
      'How long an idle engine waits for a batch to fill; with 0 it waits only while all cores decode',
    ),
    timeoutMs: setting(
      'HEMOSERVE_TIMEOUT_MS',
      integer(1, 86_400_000).default(120_000),
      'Time for an answer, or for the next line of an NDJSON answer; requests may ask for less',
    ),
    maxImagesInFlight: setting(
      'HEMOSERVE_MAX_IMAGES_IN_FLIGHT',
      integer(1, 1_000_000).default(256),
      'Crops admitted and not yet done, over all requests; past it: 503 with Retry-After',
    ),
    maxBytesInFlight: setting(
      'HEMOSERVE_MAX_BYTES_IN_FLIGHT',
      integer(1, 1_000_000_000_000).default(268_435_456),
      "Bytes of those crops' files, at least HEMOSERVE_MAX_FILE_BYTES; past it: 503 with Retry-After",
    ),
    maxClientSharePercent: setting(
      'HEMOSERVE_MAX_CLIENT_SHARE_PERCENT',
      integer(1, 100).default(75),
      'Most of both that the requests of one address have in flight together, so that others find a place; 100 behind a ' +
        'proxy that is everybody',
    ),
    minUploadBytesPerSecond: setting(
      'HEMOSERVE_MIN_UPLOAD_BYTES_PER_SECOND',
      integer(0, 1_000_000_000).default(4000),
      'Least rate of a file that is sent. One that is slower is cut off after 10 s, and after 0.5 s when others are ' +
        'refused for it; no least rate with 0',
    ),
    maxConnections: setting(
      'HEMOSERVE_MAX_CONNECTIONS',
      integer(1, 1_000_000).default(4096),
      'Most connections',
    ),
    maxConnectionsPerClient: setting(
      'HEMOSERVE_MAX_CONNECTIONS_PER_CLIENT',
      integer(1, 1_000_000).default(1024),
      'Most connections of one address',
    ),
    maxFiles: setting(
      'HEMOSERVE_MAX_FILES',
      integer(1, 100_000).default(1000),
      'Most files in a request that is answered as JSON; NDJSON has no bound',
    ),
    maxFileBytes: setting(
      'HEMOSERVE_MAX_FILE_BYTES',
      integer(1, 1_000_000_000).default(10_485_760),
      'Most bytes in one file',
    ),
    maxImagePixels: setting(
      'HEMOSERVE_MAX_IMAGE_PIXELS',
      integer(1, 1_000_000_000).default(16_777_216),
      'Most pixels in one image, read from its header before it is decoded',
    ),
    cacheEntries: setting(
      'HEMOSERVE_CACHE_ENTRIES',
      integer(0, 100_000_000).default(0),
      "Results kept by their file's SHA-256, for crops that are sent again; none with 0",
    ),
    database: setting(
      'HEMOSERVE_DATABASE',
      text.default('data/hemoserve.db'),
      'Where slides are kept: a file of SQLite, made with its folder at the first slide, or the URL of a PostgreSQL ' +
        'database that replicas share, such as `postgres://user:password@host/database`',
    ),
    differentialFile: setting(
      'HEMOSERVE_DIFFERENTIAL_FILE',
      text.default('config/differential.json'),
      'What each class counts as in a differential, with reference ranges',
    ),
    maxSlideCrops: setting(
      'HEMOSERVE_MAX_SLIDE_CROPS',
      integer(1, 100_000).default(1000),
      'Most crops of one slide',
    ),
    maxZipBytes: setting(
      'HEMOSERVE_MAX_ZIP_BYTES',
      integer(1, 1_000_000_000_000).default(268_435_456),
      'Most bytes of a zip with a whole slide, and of its files unpacked; it is written to a temporary file first',
    ),
    cropImagesDir: setting(
      'HEMOSERVE_CROP_IMAGES_DIR',
      text.optional(),
      "Folder in which the images of slides' crops are kept for review, as long as their slides; none are kept unless set",
    ),
    slideRetentionDays: setting(
      'HEMOSERVE_SLIDE_RETENTION_DAYS',
      integer(0, 36_500).default(30),
      'Days after their last change until slides are deleted, with their crops; kept for good with 0',
    ),
    conformalLevel: setting(
      'HEMOSERVE_CONFORMAL_LEVEL',
      proportion(0.5, 0.999).default(0.95),
      'Share of crops whose class is in their `predictionSet`, class by class; about the rest of usual crops go to review',
    ),
    leastProbability: setting(
      'HEMOSERVE_LEAST_PROBABILITY',
      proportion(0, 1).default(0.9),
      'An answer whose probability is smaller goes to review',
    ),
    falseAlarmRate: setting(
      'HEMOSERVE_FALSE_ALARM_RATE',
      proportion(0.001, 0.5).default(0.02),
      "Share of usual crops that may be called novel, and again of poor quality, by the model's reference",
    ),
    quality: setting(
      'HEMOSERVE_QUALITY',
      z.enum(['on', 'off']).default('on'),
      'Whether the quality of each image is measured and judged',
    ),
    shutdownTimeoutMs: setting(
      'HEMOSERVE_SHUTDOWN_TIMEOUT_MS',
      integer(1, 3_600_000).default(10_000),
      'Time to finish admitted requests after SIGTERM or SIGINT; past it the process exits with 1',
    ),
    logLevel: setting(
      'HEMOSERVE_LOG_LEVEL',
      z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
      'Least level of log lines',
    ),
    otlpEndpoint: setting(
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      z.url({ protocol: /^https?$/ }).optional(),
      'Base URL of an OTLP receiver to which traces are sent over HTTP ([Traces](../operate/monitoring.md#traces)); ' +
        'nothing is traced unless set',
    ),
    ...accessSettings,
    ...remoteSettings,
    ...objectSettings,
    ...lisSettings,
    ...sendingSettings,
    ...workbenchSettings,
  })
  .refine(({ maxBytesInFlight, maxFileBytes }) => maxBytesInFlight >= maxFileBytes, {
    path: ['maxBytesInFlight'],
    message: 'Too small: expected HEMOSERVE_MAX_FILE_BYTES or more',
  })
  .superRefine((settings, { addIssue }) => {
    const problems = [
      ...accessProblems(settings),
      ...objectProblems(settings),
      ...sendingProblems(settings),
      ...remoteProblems(settings),
    ];
    for (const problem of problems) addIssue({ code: 'custom', ...problem });
  });

export type Settings = z.infer<typeof settingsSchema>;

export type RemoteSettings = Pick<Settings, keyof typeof remoteSettings>;

/** The environment variable that a setting comes from. */
export function variableOf(name: keyof Settings): string {
  return String(settingsSchema.shape[name].meta()?.variable);
}

export const SETTING_NAMES = Object.keys(settingsSchema.shape) as (keyof Settings)[];
