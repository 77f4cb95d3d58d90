import { z } from 'zod';
import { ENGINES } from '../engines/names.js';
import { PRECISIONS } from '../registry/precision.js';

const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/**
 * Every setting of the service, by the environment variable it comes from. The README's table is generated
 * from the descriptions (`npm run generate`).
 */
export const environmentSchema = z.object({
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on'),
  PORT: integer(0, 65535).default(3000).describe('Port to listen on; 0 takes a free one'),
  HEMOSERVE_MODELS_DIR: z.string().min(1).default('models').describe('Folder of the model registry'),
  HEMOSERVE_MODEL: z
    .string()
    .regex(/^[a-z0-9-]+@\d+\.\d+\.\d+$/, 'expected name@version, such as inceptionv3@1.0.0')
    .optional()
    .describe("Model to serve, as `name@version`, instead of the registry's default"),
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
    .default('engines/openvino/lib')
    .describe("Folder of OpenVINO's libraries; `npm run openvino:setup` fills the default one"),
  HEMOSERVE_CACHE_DIR: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Folder for what `auto` measured; `hemoserve` in the system's folder of temporary files unless set",
    ),
  HEMOSERVE_ENGINE_THREADS: integer(1, 1024)
    .optional()
    .describe('Threads that one inference uses; as many as cores unless set'),
  HEMOSERVE_MAX_BATCH_SIZE: integer(1, 1024).default(16).describe('Most crops in one inference'),
  HEMOSERVE_MAX_IMAGES_IN_FLIGHT: integer(1, 1_000_000)
    .default(256)
    .describe('Crops admitted and not yet answered, over all requests; past it: 503 with Retry-After'),
  HEMOSERVE_MAX_FILES: integer(1, 100_000).default(1000).describe('Most files in one request'),
  HEMOSERVE_MAX_FILE_BYTES: integer(1, 1_000_000_000).default(10_485_760).describe('Most bytes in one file'),
  HEMOSERVE_MAX_IMAGE_PIXELS: integer(1, 1_000_000_000)
    .default(16_777_216)
    .describe('Most pixels in one image, read from its header before it is decoded'),
  HEMOSERVE_SHUTDOWN_TIMEOUT_MS: integer(1, 3_600_000)
    .default(10_000)
    .describe('Time to finish admitted requests after SIGTERM or SIGINT; past it the process exits with 1'),
  HEMOSERVE_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least level of log lines'),
});

export type Environment = z.infer<typeof environmentSchema>;
