import { z } from 'zod';

const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/**
 * Every setting of the service, by the environment variable it comes from. The README's table is generated
 * from the descriptions (`npm run generate`).
 */
export const environmentSchema = z.object({
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
  HEMOSERVE_ENGINE: z.enum(['onnxruntime']).default('onnxruntime').describe('Inference engine'),
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
