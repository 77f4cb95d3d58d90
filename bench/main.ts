/** `npm run bench`; see --help. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HELP, parseArguments } from './arguments.js';
import { root } from './harness/paths.js';
import { trainingPython } from './harness/python.js';
import { renderResults } from './report/benchmark.js';
import { writeSection } from './report/docs.js';
import { runBenchmark } from './run.js';
import { runSoak } from './soak.js';

const PLOTS = ['throughput.svg', 'p99.svg'];

const options = parseArguments(process.argv.slice(2));
if (options === 'help') {
  console.log(HELP);
} else if (options.soak) {
  const text = await runSoak(options);
  console.log(text);
  if (options.writeDocs) writeSection('soak', text);
} else {
  const results = await runBenchmark(options);
  const text = renderResults(results);
  const json = join(options.out, 'results.json');
  writeFileSync(json, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(join(options.out, 'results.md'), `${text}\n`);
  execFileSync(trainingPython(), [join(root, 'bench/report/plots.py'), json, options.out], {
    stdio: 'inherit',
  });
  console.log(text);
  if (options.writeDocs) {
    const figures = join(root, 'docs', 'figures');
    mkdirSync(figures, { recursive: true });
    for (const name of PLOTS) copyFileSync(join(options.out, name), join(figures, name));
    const images = PLOTS.map((name) => `![${name}](figures/${name})`).join('\n');
    writeSection('benchmark', `${text}\n\n${images}`);
  }
}
