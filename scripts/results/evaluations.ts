import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What the tables of docs/results.md are made from: a file for each version, of what `npm run evaluate` found. */
export const RESULTS = join(import.meta.dirname, '..', '..', 'training', 'results');

/** Its file: `NAME-VERSION.json`; others in the folder are not of versions. */
const VERSION = /-\d+\.\d+\.\d+\.json$/;

const proportion = z.object({ value: z.number(), lower95: z.number(), upper95: z.number() });

const perClass = {
  name: z.string(),
  support: z.int(),
  precision: proportion.nullable(),
  recall: proportion.nullable(),
  f1: z.number().nullable(),
};

/** What is kept of an evaluation.json: its figures, without its curves, files and pictures. */
const keptSchema = z.object({
  data: z.object({ name: z.string(), part: z.string().nullable(), limit: z.int().nullable() }),
  engine: z.object({ name: z.string(), version: z.string(), precision: z.string(), threads: z.int() }),
  views: z.int(),
  startedAt: z.string(),
  n: z.int(),
  accuracy: proportion,
  macroF1: z.number(),
  expectedCalibrationError: z.number(),
  perClass: z.array(z.object({ ...perClass, auc: z.number().nullable() })),
  /** Rows are true classes, columns predicted ones; in the last column are files that gave an error. */
  confusionMatrix: z.array(z.array(z.int())),
});

const evaluationSchema = z
  .object({
    ...keptSchema.shape,
    model: z.object({ name: z.string(), version: z.string() }),
    perClass: z.array(z.object({ ...perClass, roc: z.object({ auc: z.number() }).nullable() })),
    confusionMatrix: z.object({ counts: z.array(z.array(z.int())), notClassified: z.array(z.int()) }),
  })
  .transform(({ model, ...evaluation }) => ({
    model: `${model.name}-${model.version}`,
    kept: keptSchema.parse({
      ...evaluation,
      perClass: evaluation.perClass.map(({ roc, ...one }) => ({ ...one, auc: roc?.auc ?? null })),
      confusionMatrix: evaluation.confusionMatrix.counts.map((row, index) => [
        ...row,
        evaluation.confusionMatrix.notClassified[index],
      ]),
    }),
  }));

export type KeptEvaluation = z.infer<typeof keptSchema>;

/** The kept evaluations of each version, by `NAME-VERSION`. */
export function readResults(folder = RESULTS): Map<string, KeptEvaluation[]> {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => VERSION.test(file)) : [];
  return new Map(files.sort().map((file) => [file.slice(0, -'.json'.length), read(join(folder, file))]));
}

/**
 * Keeps an evaluation, in place of an earlier one of the same version in the same way on the same crops.
 *
 * @param json the text of evaluation.json.
 * @returns the file that it is kept in.
 */
export function keep(json: string, folder = RESULTS): string {
  const { model, kept } = evaluationSchema.parse(JSON.parse(json));
  const file = join(folder, `${model}.json`);
  const others = existsSync(file) ? read(file).filter((one) => way(one) !== way(kept)) : [];
  const all = [...others, kept].sort((a, b) => (way(a) < way(b) ? -1 : 1));
  mkdirSync(folder, { recursive: true });
  // A line an evaluation: a change of one shows as one.
  writeFileSync(file, `[\n${all.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`);
  return file;
}

function read(file: string): KeptEvaluation[] {
  return z.array(keptSchema).parse(JSON.parse(readFileSync(file, 'utf8')));
}

function way({ data, engine, views }: KeptEvaluation): string {
  return [data.name, data.part, data.limit, engine.name, engine.precision, views].join(' ');
}
