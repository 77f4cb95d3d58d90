import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './support/fixtures.js';

/** Imports that break a rule each: the rule, the file, and what it says. */
const PLANTED = [
  ['no-upward-import', 'src/vocabulary/planted.ts', "import '../settings/load.js';"],
  [
    'no-upward-import',
    'src/queues/planted.ts',
    "import type { Classifier } from '../classify/classifier.js';\nexport type Planted = Classifier;",
  ],
  ['no-circle', 'src/routes/circle.ts', "import './circle2.js';"],
  ['engines-apart', 'src/engines/openvino/planted.ts', "import '../tensorflow/adapter.js';"],
  ['pure', 'src/statistics/planted.ts', "import 'fastify';"],
  ['src-alone', 'src/images/planted.ts', "import '../../test/planted.js';"],
  ['no-storey', 'src/attic/planted.ts', "import '../vocabulary/views.js';"],
] as const;

describe('the check of the layers (npm run lint:layers)', () => {
  let folder: string;
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const lint = () => {
    const checker = join(root, 'node_modules', '.bin', 'depcruise');
    const config = join(root, '.dependency-cruiser.mjs');
    const { status, stdout } = spawnSync(checker, ['--config', config, 'src'], { cwd: folder });
    return { status, output: stdout.toString() };
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hemoserve-layers-'));
    for (const name of ['src', 'tsconfig.json', 'package.json']) {
      cpSync(join(root, name), join(folder, name), { recursive: true });
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('passes as things are', () => {
    const { status, output } = lint();
    expect(output).toContain('no dependency violations found');
    expect(status).toBe(0);
  });

  it('finds each import that is planted', () => {
    write('test/planted.ts', '');
    write('src/routes/circle2.ts', "import './circle.js';");
    for (const [, path, content] of PLANTED) write(path, content);
    const { status, output } = lint();
    for (const [rule, path] of PLANTED) {
      expect(output).toMatch(new RegExp(`error ${rule}.* ${path.replaceAll('.', '\\.')} →`));
    }
    expect(status).toBe(PLANTED.length);
  });
});
