import { parseArgs } from 'node:util';
import type { Settings } from '../settings/schema.js';
import { ENGINES } from '../vocabulary/engines.js';
import { PRECISIONS } from '../vocabulary/precisions.js';
import { ArgumentsError } from './errors.js';

/** What to evaluate, from the command line. */
export interface Arguments {
  /** Folder with one folder per class. */
  data: string;
  /** The list of crops in each part (CSV), and which part; both or neither. */
  split: { file: string; part: string } | undefined;
  /** `name@version`; the registry's default without it. */
  model: string | undefined;
  modelsDir: string | undefined;
  engine: Settings['engine'] | undefined;
  precision: Settings['precision'] | undefined;
  out: string;
  /** Most crops, spread evenly over all. */
  limit: number | undefined;
}

export const HELP = `Judges a model on labelled crops with the code that serves it.

    npm run evaluate -- --data ../shared/pbc --split training/splits/pbc.csv --part validation

  --data DIR           folder with one folder per class, named as in the model's manifest
  --split FILE         list of crops in each part (CSV: path,part,sha256), and
  --part NAME          the part to evaluate; without both, every image of the class folders
  --model NAME@VERSION model to judge; the registry's default without it
  --models-dir DIR     model registry; HEMOSERVE_MODELS_DIR or models without it
  --engine NAME        inference engine, as HEMOSERVE_ENGINE: ${['auto', ...ENGINES].join(', ')}
  --precision NAME     arithmetic of the network, as HEMOSERVE_PRECISION: ${['auto', ...PRECISIONS].join(', ')};
                       also one that its manifest lists and does not let the engine serve (yet)
  --out DIR            folder for evaluation.json, evaluation.html and predictions.csv; evaluation without it
  --limit N            at most N crops, spread evenly over all
  --help

The service's other settings (HEMOSERVE_ENGINE_THREADS, …) hold here too; see docs/reference/settings.md.
`;

/**
 * @param argv the arguments after the script's name.
 * @returns the arguments, or 'help' when they ask for it.
 * @throws {ArgumentsError} naming the option that is wrong.
 */
export function parseArguments(argv: string[]): Arguments | 'help' {
  const values = parse(argv);
  if (values.help) return 'help';
  const { data, split, part, limit } = values;
  for (const [option, value] of Object.entries(values)) {
    if (value === '') throw new ArgumentsError(`--${option} is empty`);
  }
  if (!data) throw new ArgumentsError('--data is missing: the folder with one folder per class');
  if (split && !part) throw new ArgumentsError('--split needs --part, such as --part validation');
  if (part && !split)
    throw new ArgumentsError('--part needs --split, such as --split training/splits/pbc.csv');
  if (limit && !/^[1-9]\d*$/.test(limit)) throw new ArgumentsError(`--limit ${limit} is no positive integer`);
  return {
    data,
    split: split && part ? { file: split, part } : undefined,
    model: values.model,
    modelsDir: values['models-dir'],
    engine: oneOf(['auto', ...ENGINES], '--engine', values.engine),
    precision: oneOf(['auto', ...PRECISIONS], '--precision', values.precision),
    out: values.out ?? 'evaluation',
    limit: limit ? Number(limit) : undefined,
  };
}

function oneOf<T extends string>(
  names: readonly T[],
  option: string,
  value: string | undefined,
): T | undefined {
  if (value === undefined) return undefined;
  const found = names.find((name) => name === value);
  if (!found) throw new ArgumentsError(`${option} ${value} is none of ${names.join(', ')}`);
  return found;
}

function parse(argv: string[]) {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        data: text,
        split: text,
        part: text,
        model: text,
        'models-dir': text,
        engine: text,
        precision: text,
        out: text,
        limit: text,
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    throw new ArgumentsError((error as Error).message, { cause: error });
  }
}
