import { ModelRefused } from '../../registry/registry.js';
import { loadSettings, SettingsError } from '../../settings/load.js';
import { parseArguments } from '../arguments.js';
import { ArgumentsError, DataError } from '../errors.js';
import { columns } from '../summary.js';
import { withArguments } from '../with-arguments.js';
import { type Replay, replayAll } from './replay.js';

const HELP = `Replays labelled crops as one analyzer's: 2,000 as they are, and 200 darker, stained darker and blurred; says after
how many crops the watch over sources reports each. Take crops that the network was not trained on.

    npm run replay -- --data ../shared/pbc --split training/splits/pbc.csv --part test

  --data, --split, --part, --model, --models-dir, --engine, --precision: as of npm run evaluate

It ends with 0 if the shifts are reported and the usual crops are not, with 2 if not.
`;

const SEED = 1;
const NAMED = 3;

async function main(): Promise<void> {
  const given = parseArguments(process.argv.slice(2));
  if (given === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const replays = await replayAll(given, withArguments(loadSettings(process.env), given), SEED);
  const lines = replays.map(({ shift, crops, reportedAfter, quantities }) => [
    shift,
    String(crops),
    reportedAfter === undefined ? 'never' : `after ${reportedAfter}`,
    quantities
      .slice(0, NAMED)
      .map(
        ({ quantity, kolmogorovSmirnov, limit }) =>
          `${quantity} ${kolmogorovSmirnov.toFixed(2)} of ${limit.toFixed(2)}`,
      )
      .join(', '),
  ]);
  console.log(
    columns([['change', 'crops', 'reported', 'furthest (KS distance of limit)'], ...lines]).join('\n'),
  );
  if (!replays.every(asWanted)) process.exitCode = 2;
}

function asWanted({ shift, reportedAfter }: Replay): boolean {
  return (reportedAfter === undefined) === (shift === 'none');
}

const EXPECTED = [ArgumentsError, DataError, SettingsError, ModelRefused];

main().catch((error: Error) => {
  console.error(EXPECTED.some((kind) => error instanceof kind) ? error.message : error.stack);
  process.exitCode = 1;
});
