import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../../harness/contender.js';
import { root } from '../../harness/paths.js';
import { multipart } from '../requests.js';

/** Ours, with its default settings. */
export const peer: Contender = {
  name: 'hemoserve',
  title: 'hemoserve',
  settings: 'defaults',
  missing: () => (existsSync(join(root, 'dist', 'main.js')) ? undefined : 'needs `npm run build`'),
  command: ({ manifest }, port) => ({
    file: 'scripts/start.sh',
    args: [],
    cwd: root,
    env: { PORT: String(port), HEMOSERVE_MODELS: `${manifest.name}@${manifest.version}` },
  }),
  readyPath: '/readyz',
  request: (jpeg) => multipart('/v1/classify', 'image', jpeg),
  probabilities(answer, classes) {
    const [result] = (answer as { results: [{ probabilities: Record<string, number> }] }).results;
    return classes.map((name) => result.probabilities[name] ?? Number.NaN);
  },
};
