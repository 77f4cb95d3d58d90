/** `npm run bench`; see --help. */
import { HELP, parseArguments } from './arguments.js';
import { benchmark } from './report/benchmark.js';
import { report } from './report/docs.js';
import { runBenchmark } from './run.js';

const options = parseArguments(process.argv.slice(2));
if (options === 'help') {
  console.log(HELP);
} else {
  report(benchmark, await runBenchmark(options), options.out, options.writeDocs);
}
