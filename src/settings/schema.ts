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
  HEMOSERVE_MODEL: z
    .string()
    .regex(/^[a-z0-9-]+@\d+\.\d+\.\d+$/, 'expected name@version, such as inceptionv3@1.0.0')
    .optional()
    .describe("Model to serve, as `name@version`, instead of the registry's default"),
  HEMOSERVE_ENGINE: z
    .enum(['onnxruntime', 'tensorflow'])
    .default('onnxruntime')
    .describe('Inference engine; `tensorflow` needs `npm run tensorflow:setup`'),
  HEMOSERVE_DEVICE: z
    .enum(['cpu', 'gpu', 'auto'])
    .default('cpu')
    .describe('Where the model runs; `auto` is the GPU where there is one, `gpu` does not start without'),
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
