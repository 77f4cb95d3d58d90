import { execFileSync } from 'node:child_process';
import { code, table } from './markdown.js';

/** Their folders have a line each; what lies deeper is told by its folder's line. */
const PARENTS = [
  '.',
  'src',
  'src/engines',
  'src/routes',
  'training',
  'training/hemoserve_training',
  'bench',
  'docs',
];

/** The one place that says what each folder holds, by the table of docs/architecture.md that it stands in. */
export const FOLDERS: Record<string, Record<string, string>> = {
  service: {
    src: 'The service. `main.ts` and `serve.ts` run it as a process, `app.ts` puts it together',
    'src/plugins': 'Fastify plugins, one for each concern of all routes: errors, log, metrics, OpenAPI, stop',
    'src/routes': 'The other routes: models, operation, admin. Each has its schemas and a thin handler',
    'src/routes/classify':
      'The route that classifies: reading uploads, what became of each file, the answer as JSON or line by line, the deadline',
    'src/lis':
      'Laboratory systems: a slide as FHIR, HL7 v2, ASTM or CSV; the outbox, its senders and destinations; MLLP; orders',
    'src/routes/oip': 'The Open Inference Protocol v2: metadata, readiness, inference with tensors',
    'src/routes/slides':
      'The routes of slides: make, add crops, watch, complete, verify, and read in a format',
    'src/store':
      'Where slides, messages and orders are kept: the interface, its operations, migrations, and SQLite and PostgreSQL under it',
    'src/models': 'The served models: loading, leases, exchange, memory budget',
    'src/classify':
      'One model that serves: classifier, the way of a crop through it (pipeline), class probabilities, views, cache of results',
    'src/queues':
      'Who waits for what: admission, the time that work takes, fair queues, decoding in turn (`preprocessor.ts`), batches',
    'src/engines':
      'What every engine does: the interface, the session that a load gives back, the watch over its answers, private files',
    'src/engines/choose': 'Which engine and precision runs a model: candidates, measurement, kept figures',
    'src/engines/onnxruntime': 'onnxruntime, in a worker thread',
    'src/engines/openvino': 'OpenVINO, in its own threads, and its folder of compiled networks',
    'src/engines/tensorflow': 'TensorFlow, in a child process',
    'src/engines/remote': 'Servers of the Open Inference Protocol, over HTTP',
    'src/images': 'Image formats and the preprocessing',
    'src/registry': 'The folder of models: manifests, versions, checks of files and golden outputs',
    'src/audit': 'The audit: lines of JSON in a file a day, and how long they are kept',
    'src/auth':
      'Who calls: API keys and their file, tokens, scopes, where the service may listen without them',
    'src/objects': 'Object stores that speak S3',
    'src/settings': 'The one schema of the environment variables; the type of the settings follows from it',
    'src/telemetry': 'The metrics, and the traces of OpenTelemetry',
    'src/oip':
      'Messages and tensors of the Open Inference Protocol, which the remote engine writes and our own routes read',
    'src/errors': 'The table of error codes, and RFC 9457 problems made from it',
    'src/slides':
      'Slides: crops of one specimen, verification, the differential and its vocabulary. It knows no format and no store',
    'src/trust':
      'Whether an answer can be taken: prediction sets, novelty, image measures, decision, drift. Pure: arrays in, numbers out',
    'src/statistics': 'Confidence limits, calibration, ROC curves, confusion: plain arrays in, numbers out',
    'src/vocabulary': 'Words that many folders share: names of engines and precisions, counts of views',
    'src/evaluate': '`npm run evaluate`: data set, figures, page. It is not a part of the build',
  },
  training: {
    training: 'The Python pipeline that writes the registry: locked dependencies, set-up, gates',
    'training/configs': "Recipes of what is published, and of the report's five networks in `report/`",
    'training/splits': 'Which crop belongs to which part',
    'training/results': 'Figures that commands of training wrote, and documents show',
    'training/tests': 'The tests of the pipeline; their folders are those of the package',
    'training/hemoserve_training': 'The package, and the options that all its commands share (`cli.py`)',
    'training/hemoserve_training/commands': 'The commands, thin; each has an entry point in pyproject.toml',
    'training/hemoserve_training/data': 'Crops: reading, audit, duplicates, split, figures, preprocessing',
    'training/hemoserve_training/networks': 'The architectures, and their normalization',
    'training/hemoserve_training/runs':
      'Training runs: batches, augmentation, checkpoints, cost, curves, ablation',
    'training/hemoserve_training/gpu': 'Training on a GPU in PyTorch, by elapsed time',
    'training/hemoserve_training/measure': 'Predictions, metrics, corruptions, several views',
    'training/hemoserve_training/adapt':
      'Adapting a version to a laboratory: replay set, training of the last blocks, report',
    'training/hemoserve_training/trust':
      'What answers are judged against: image measures, novelty, conformal scores, pictures without a cell',
    'training/hemoserve_training/release':
      'A version for the registry: export, int8, manifest, model card, gates',
  },
  bench: {
    bench: 'The commands of the benchmark',
    'bench/harness':
      'What all measurements share: starting servers, the load generator, crops, processor time',
    'bench/report': 'From results to tables, plots and the sections of docs/performance*.md',
    'bench/engines': 'Each engine alone, without HTTP',
    'bench/peers': 'The other servers, a folder each',
    'bench/raw': 'The loops without HTTP that the service is compared with',
    'bench/check': "The check of the service's cost in CI",
    'bench/profile': 'Where each millisecond goes',
    'bench/gpu': 'A measurement on a GPU, packed for a machine that reaches nothing',
    'bench/published': 'The results that docs/performance*.md are made from',
  },
  rest: {
    models:
      'The model registry: `NAME/VERSION/manifest.json` with the files that it names, and `default.json`',
    workbench:
      'The page on which a person reviews slides, a package of its own: Preact, built by Vite. It knows only the HTTP API',
    config: 'Files that an operator may replace: what each class counts as in a differential',
    runtimes: 'Set-up of OpenVINO, CUDA and TensorFlow. A plain `npm ci` needs nothing of it',
    deploy:
      'Configuration for other systems: Prometheus with its alerts, Grafana with its dashboard, a Helm chart',
    docker: 'Compose files and the images for a GPU',
    scripts: 'The start of the built service, generated documents, drawn fixtures',
    test: 'The tests of the service; their folders are those of `src`. `field` has what went wrong in the field, `fixtures` cells that we drew ourselves',
    docs: 'The documents; [their list](README.md)',
    'docs/decisions': 'Why things are as they are, one page for each decision',
    'docs/experiments': 'Retired versions and trials, with their configurations',
    'docs/figures': 'Pictures of the documents',
    'docs/operate': 'For operators',
    'docs/reference': 'Settings, errors and routes; generated',
    '.ci': 'All checks, as CI runs them',
  },
};

/**
 * The folders that need a line, from the files that git knows or would take.
 *
 * @param root of the repository.
 */
export function foldersInGit(root: string): string[] {
  const options = ['--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', ['ls-files', ...options], { cwd: root, encoding: 'utf8' })
    .trim()
    .split('\n');
  return [...new Set(files.flatMap(foldersOf))].sort();
}

/** The folders of a file that lie directly in one of `PARENTS`. */
function foldersOf(file: string): string[] {
  const names = file.split('/').slice(0, -1);
  return names
    .map((_, index) => names.slice(0, index + 1).join('/'))
    .filter((folder) => PARENTS.includes(folder.includes('/') ? folder.replace(/\/[^/]*$/, '') : '.'));
}

/** What each folder of one group holds; only of those that are there. */
export function foldersTable(group: keyof typeof FOLDERS, existing: readonly string[]): string {
  const lines = Object.entries(FOLDERS[group] ?? {}).filter(([folder]) => existing.includes(folder));
  return table(
    ['Folder', 'What is there'],
    lines.map(([folder, line]) => [code(folder), line]),
  );
}
