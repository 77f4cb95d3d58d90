import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelRefused } from '../../registry/registry.js';
import { loadSettings, SettingsError } from '../../settings/load.js';
import { parseArguments } from '../arguments.js';
import { classifyDataSet } from '../classify-data-set.js';
import { ArgumentsError, DataError } from '../errors.js';
import { evaluate } from '../evaluation.js';
import { progressLine } from '../progress.js';
import { withArguments } from '../with-arguments.js';
import { worstConfusions } from './confusions.js';
import { readLimits } from './limits.js';
import { verificationPage } from './page.js';
import { verificationText } from './text.js';
import { verify } from './verification.js';

const HELP = `Shows what a laboratory must show before it uses a model, on crops that it labelled itself.

    npm run verify -- --data LABELLED

  --data DIR           folder with one folder per class, named as in the model's manifest
  --limits FILE        what is demanded (JSON); config/verify-limits.json without it
  --out DIR            folder for verification.json, .html and .txt; verification without it
  --model, --models-dir, --engine, --precision, --split, --part, --limit: as of npm run evaluate

It ends with 0 if all demands are met, with 2 if not.
`;

const DEFAULT_LIMITS = 'config/verify-limits.json';

/** The process: arguments and settings, the crops, the verdict on stdout and in files. */
async function main(): Promise<void> {
  const { limitsFile, rest } = takeLimits(process.argv.slice(2));
  const given = parseArguments(rest.includes('--out') ? rest : [...rest, '--out', 'verification']);
  if (given === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const limits = await readLimits(limitsFile);
  const settings = withArguments(loadSettings(process.env), given);
  const { run, outcomes } = await classifyDataSet(given, settings, progressLine(process.stderr));
  const verification = verify(evaluate(run, outcomes), worstConfusions(outcomes, run.classes), limits);
  const text = verificationText(verification);
  const write = (name: string, content: string) =>
    writeFile(join(given.out, `verification.${name}`), content);
  await write('json', `${JSON.stringify(verification, (_key, value) => value ?? null, 2)}\n`);
  await write('html', verificationPage(verification));
  await write('txt', `${text}\n`);
  console.log(text);
  console.log(`-> ${join(given.out, 'verification.html')}, verification.json, verification.txt`);
  if (!verification.passed) process.exitCode = 2;
}

/** Takes --limits FILE out of the arguments; the others are those of npm run evaluate. */
function takeLimits(argv: readonly string[]): { limitsFile: string; rest: string[] } {
  const at = argv.findIndex((argument) => argument === '--limits' || argument.startsWith('--limits='));
  if (at === -1) return { limitsFile: DEFAULT_LIMITS, rest: [...argv] };
  const [, joined] = argv[at]?.split(/=(.*)/s) ?? [];
  const limitsFile = joined ?? argv[at + 1];
  if (!limitsFile) throw new ArgumentsError('--limits is empty');
  return { limitsFile, rest: argv.toSpliced(at, joined === undefined ? 2 : 1) };
}

const EXPECTED = [ArgumentsError, DataError, SettingsError, ModelRefused];

main().catch((error: Error) => {
  const expected = EXPECTED.some((kind) => error instanceof kind);
  console.error(expected ? error.message : error.stack);
  if (error instanceof ArgumentsError) console.error('See npm run verify -- --help.');
  process.exitCode = 1;
});
