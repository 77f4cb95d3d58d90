import { z } from 'zod';
import { PRECISIONS } from '../registry/precision.js';
import { ENGINES } from '../vocabulary/engines.js';

const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/**
 * Every setting of the service, by the environment variable it comes from. The README's table is generated
 * from the descriptions (`npm run generate`).
 */
export const environmentSchema = z
  .object({
    HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on'),
    PORT: integer(0, 65535).default(3000).describe('Port to listen on; 0 takes a free one'),
    HEMOSERVE_MODELS_DIR: z.string().min(1).default('models').describe('Folder of the model registry'),
    HEMOSERVE_MODELS: z
      .string()
      .regex(
        /^[a-z0-9-]+(@\d+\.\d+\.\d+)?(,[a-z0-9-]+(@\d+\.\d+\.\d+)?)*$/,
        'expected name@version, name or default, separated by commas, such as default,vgg16@1.0.0',
      )
      .default('default')
      .describe(
        'Models to serve side by side, separated by commas: `name@version`, `name` (its newest version) or ' +
          '`default` (what the registry says). The first one answers requests that name no model',
      ),
    HEMOSERVE_MODEL_MEMORY_MIB: integer(1, 16_777_216)
      .optional()
      .describe('Most memory of all loaded models, as measured when they are loaded; no limit unless set'),
    HEMOSERVE_ADMIN_TOKEN: z
      .string()
      .regex(/^[\w.~+/-]{16,}=*$/, 'expected at least 16 letters, digits or any of -._~+/')
      .optional()
      .describe('Bearer token of `POST /admin/reload`; the route is not there unless set'),
    HEMOSERVE_ENGINE: z
      .enum(['auto', ...ENGINES])
      .default('auto')
      .describe(
        'Inference engine; `auto` takes the fastest that is installed, by a measurement at its first start',
      ),
    HEMOSERVE_PRECISION: z
      .enum(['auto', ...PRECISIONS])
      .default('auto')
      .describe("Arithmetic of the network; `auto` takes the fastest that the model's manifest allows"),
    HEMOSERVE_OPENVINO_DIR: z
      .string()
      .min(1)
      .default('runtimes/openvino/lib')
      .describe("Folder of OpenVINO's libraries; `npm run openvino:setup` fills the default one"),
    HEMOSERVE_CACHE_DIR: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Folder for what `auto` measured and OpenVINO compiled; `hemoserve` in the system's folder of temporary files unless set",
      ),
    HEMOSERVE_DEVICE: z
      .enum(['cpu', 'gpu', 'auto'])
      .default('cpu')
      .describe('Where the model runs; `auto` is the GPU where there is one, `gpu` does not start without'),
    HEMOSERVE_ENGINE_THREADS: integer(1, 1024)
      .optional()
      .describe('Threads that one inference uses; as many as cores unless set'),
    HEMOSERVE_DECODE_THREADS: integer(1, 1024)
      .optional()
      .describe('Images decoded at a time; as many as cores unless set'),
    HEMOSERVE_VIEWS: z
      .enum(['1', '4', '8'])
      .default('1')
      .describe(
        'Views of each crop whose logits are averaged (test-time augmentation): the crop alone, its ' +
          'four quarter turns, or these and their mirror images; more accurate, and so many times the inference',
      ),
    HEMOSERVE_MAX_BATCH_SIZE: integer(1, 1024).default(16).describe('Most crops in one inference'),
    HEMOSERVE_MAX_WAIT_MS: integer(0, 60_000)
      .default(0)
      .describe(
        'How long an idle engine waits for a batch to fill; with 0 it waits only while all cores decode',
      ),
    HEMOSERVE_TIMEOUT_MS: integer(1, 86_400_000)
      .default(120_000)
      .describe('Time for an answer, or for the next line of an NDJSON answer; requests may ask for less'),
    HEMOSERVE_MAX_IMAGES_IN_FLIGHT: integer(1, 1_000_000)
      .default(256)
      .describe('Crops admitted and not yet done, over all requests; past it: 503 with Retry-After'),
    HEMOSERVE_MAX_BYTES_IN_FLIGHT: integer(1, 1_000_000_000_000)
      .default(268_435_456)
      .describe(
        "Bytes of those crops' files, at least HEMOSERVE_MAX_FILE_BYTES; past it: 503 with Retry-After",
      ),
    HEMOSERVE_MAX_FILES: integer(1, 100_000)
      .default(1000)
      .describe('Most files in a request that is answered as JSON; NDJSON has no bound'),
    HEMOSERVE_MAX_FILE_BYTES: integer(1, 1_000_000_000)
      .default(10_485_760)
      .describe('Most bytes in one file'),
    HEMOSERVE_MAX_IMAGE_PIXELS: integer(1, 1_000_000_000)
      .default(16_777_216)
      .describe('Most pixels in one image, read from its header before it is decoded'),
    HEMOSERVE_CACHE_ENTRIES: integer(0, 100_000_000)
      .default(0)
      .describe("Results kept by their file's SHA-256, for crops that are sent again; none with 0"),
    HEMOSERVE_SHUTDOWN_TIMEOUT_MS: integer(1, 3_600_000)
      .default(10_000)
      .describe('Time to finish admitted requests after SIGTERM or SIGINT; past it the process exits with 1'),
    HEMOSERVE_LOG_LEVEL: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info')
      .describe('Least level of log lines'),
  })
  .refine((values) => values.HEMOSERVE_MAX_BYTES_IN_FLIGHT >= values.HEMOSERVE_MAX_FILE_BYTES, {
    path: ['HEMOSERVE_MAX_BYTES_IN_FLIGHT'],
    message: 'Too small: expected HEMOSERVE_MAX_FILE_BYTES or more',
  });

export type Environment = z.infer<typeof environmentSchema>;
