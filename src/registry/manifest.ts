import { z } from 'zod';
import { ENGINES } from '../vocabulary/engines.js';
import { relativePath } from './paths.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

export const proportion = z.number().min(0).max(1);

/** A proportion with its exact (Clopper-Pearson) 95 % confidence limits. */
export const estimateSchema = z.object({ value: proportion, lower95: proportion, upper95: proportion });

/**
 * What a model is worth in another precision than float32, which is always served.
 * Engines round differently: one that has no `accuracyLoss` of its own only evaluates it (`npm run evaluate --
 * --engine … --precision …`), and never serves it. The golden tolerance, which is only to find a wrong network, is
 * wide enough for all.
 */
const precisionSchema = z.object({
  goldenTolerance: proportion.describe('Largest accepted difference of one golden probability'),
  accuracyLoss: z
    .partialRecord(z.enum(ENGINES), z.number().min(-1).max(1), {
      error: `expected a loss for each engine that was evaluated, by its name (${ENGINES.join(', ')})`,
    })
    .optional()
    .describe(
      "By engine, its accuracy in float32 minus that in this precision, through the service on `metrics.part`'s crops",
    ),
});

/** What turns an encoded image into the model's input, in this order: decode, orient, sRGB, resize. */
export const preprocessingSchema = z.object({
  colorSpace: z.literal('srgb'),
  background: z
    .tuple([z.int().min(0).max(255), z.int().min(0).max(255), z.int().min(0).max(255)])
    .describe('RGB that transparent pixels are laid on'),
  fit: z.literal('fill').describe('Both sides are scaled to the input size; nothing is cropped'),
  kernel: z.enum(['linear', 'cubic', 'mitchell', 'lanczos2', 'lanczos3']),
});

/** models/NAME/VERSION/manifest.json: all that the service knows of a model. */
export const manifestSchema = z
  .object({
    formatVersion: z.literal(1),
    name: z.string().regex(/^[a-z0-9-]+$/),
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    architecture: z.string(),
    classes: z.array(z.string()).min(2).describe('Names in the order of the logits'),
    input: z.object({
      name: z.string(),
      dataType: z.literal('uint8'),
      layout: z.literal('NHWC'),
      width: z.int().positive().describe('Pixels'),
      height: z.int().positive().describe('Pixels'),
      channels: z.literal(3),
    }),
    preprocessing: preprocessingSchema,
    normalization: z.literal('in-graph').describe('The graph takes pixels 0-255 and normalizes them itself'),
    outputs: z.object({
      logits: z.string().describe('Name of the output (batch, classes) before the softmax'),
      features: z.string().describe('Name of the output (batch, featureCount) pooled before the head'),
      featureCount: z.int().positive(),
      activationMaps: z
        .object({ name: z.string(), width: z.int().positive(), height: z.int().positive() })
        .optional()
        .describe(
          'Output (batch, height, width, classes): where the network sees each class (Zhou et al. 2016); ' +
            'a map averages to its logit less the bias of the head',
        ),
    }),
    calibration: z.object({
      method: z.literal('temperature'),
      temperature: z
        .number()
        .positive()
        .describe('Logits are divided by it before the softmax (Guo et al. 2017)'),
    }),
    onnx: relativePath.optional().describe('The network for onnxruntime and OpenVINO'),
    savedModel: relativePath.optional().describe("The network for TensorFlow: its SavedModel's folder"),
    precisions: z
      .strictObject({
        bfloat16: precisionSchema.optional().describe('The engine rounds the float32 network itself'),
        int8: precisionSchema
          .extend({ onnx: relativePath.describe('The quantized network (QDQ)') })
          .optional(),
      })
      .optional()
      .describe('Other precisions that the network may run in'),
    golden: z.object({
      file: relativePath,
      tolerance: proportion.describe('Largest accepted difference of one probability'),
    }),
    trust: z
      .strictObject({ file: relativePath.describe('See models/trust.schema.json') })
      .optional()
      .describe('What answers are judged against: conformal scores, novelty, image measures, drift'),
    files: z.record(relativePath, z.object({ sha256, sizeBytes: z.int().positive() })),
    training: z.object({
      dataset: z.string(),
      fingerprint: sha256.describe('SHA-256 over the sorted SHA-256s of the training crops'),
      cropCount: z.int().positive(),
      split: z.string().describe('The list of crops in each part, and its seed'),
      commit: z.string().regex(/^[0-9a-f]{40}$/),
      command: z.string(),
      device: z.string().optional().describe('What it was trained on'),
      seconds: z.number().positive().optional().describe('Duration of the training'),
      epochs: z.number().positive().optional(),
      steps: z.int().positive().optional(),
      seed: z.int().optional(),
      torch: z.string().optional().describe('Version of PyTorch'),
      note: z.string().optional().describe('What else was done to its weights'),
    }),
    metrics: z.object({
      part: z.literal(['validation', 'test', 'cross-validation']),
      n: z.int().positive(),
      accuracy: estimateSchema,
      macroF1: proportion,
      expectedCalibrationError: proportion.describe('15 bins of equal width'),
      calibrationErrorLimits: z
        .strictObject({ lower95: proportion, upper95: proportion })
        .optional()
        .describe('Of the expected calibration error, by the bootstrap'),
      recall: z.record(z.string(), estimateSchema.extend({ n: z.int().positive() })),
      confusion: z
        .array(z.array(z.int().nonnegative()))
        .optional()
        .describe('Crops by true class (row) and predicted class (column), both in the order of `classes`'),
    }),
    replay: z
      .strictObject({ file: relativePath, cropCount: z.int().positive(), licence: z.string() })
      .optional()
      .describe('Some of its training crops, which adapting it to a laboratory rehearses'),
    adaptation: z
      .strictObject({
        from: z.string().describe('The version that it began with, as name@version'),
        laboratory: z.string(),
        crops: z.record(z.string(), z.int().positive()).describe("The laboratory's labelled crops, by class"),
        blocks: z.int().nonnegative().describe('Blocks that were trained beside the head'),
        before: estimateSchema.describe(
          "Accuracy of the version that it began with on the laboratory's crops",
        ),
        home: z.strictObject({ n: z.int().positive(), before: estimateSchema, after: estimateSchema }),
        report: relativePath,
      })
      .optional()
      .describe('What was done to a version that was adapted to a laboratory; `metrics` are of its crops'),
    licences: z.object({ data: z.string(), weights: z.string() }),
    intendedUse: z.string(),
  })
  .refine(({ onnx, savedModel }) => onnx ?? savedModel, {
    error: 'expected onnx, savedModel or both: what an engine loads',
  })
  // For the JSON Schema, which has no refinements.
  .meta({ id: 'ModelManifest', anyOf: [{ required: ['onnx'] }, { required: ['savedModel'] }] });

export type Manifest = z.infer<typeof manifestSchema>;
export type Preprocessing = z.infer<typeof preprocessingSchema>;

/** models/GOLDEN: what the model must say of generated images, in float32 and, by engine, in int8. */
export const goldenSchema = z
  .array(
    z.object({
      image: relativePath,
      probabilities: z.array(proportion),
      int8: z.partialRecord(z.enum(ENGINES), z.array(proportion)).optional(),
    }),
  )
  .min(1);

/** models/default.json: the version that `default` means in HEMOSERVE_MODELS. */
export const defaultSchema = z.object({ name: z.string(), version: z.string() });
