import { join } from 'node:path';
import { ModelRefused } from '../registry/registry.js';
import { loadSettings, SettingsError } from '../settings/load.js';
import { HELP, parseArguments } from './arguments.js';
import { ArgumentsError, DataError } from './errors.js';
import { progressLine } from './progress.js';
import { run } from './run.js';
import { summary } from './summary.js';
import { withArguments } from './with-arguments.js';

/** The process: arguments and settings, the run, the summary on stdout. */
async function main(): Promise<void> {
  const given = parseArguments(process.argv.slice(2));
  if (given === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const settings = withArguments(loadSettings(process.env), given);
  const evaluation = await run(given, settings, progressLine(process.stderr));
  console.log(summary(evaluation));
  console.log(`-> ${join(given.out, 'evaluation.html')}, evaluation.json, predictions.csv`);
}

const EXPECTED = [ArgumentsError, DataError, SettingsError, ModelRefused];

main().catch((error: Error) => {
  const expected = EXPECTED.some((kind) => error instanceof kind);
  console.error(expected ? error.message : error.stack);
  if (error instanceof ArgumentsError) console.error('See npm run evaluate -- --help.');
  process.exitCode = 1;
});
