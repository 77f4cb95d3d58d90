import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { root } from '../support/fixtures.js';
import { documents } from '../support/markdown.js';

const CONFIGURATION = '.markdownlint-cli2.jsonc';

/** A repository with the real configuration of `npm run lint:links` and documents of our own. */
const folder = mkdtempSync(join(tmpdir(), 'hemoserve-links-'));
copyFileSync(join(root, CONFIGURATION), join(folder, CONFIGURATION));
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the tool says of all documents, without its colours. */
function lint(cwd: string): { status: number | null; text: string } {
  const tool = join(root, 'node_modules', '.bin', 'markdownlint-cli2');
  const { status, stdout, stderr } = spawnSync(tool, [], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, text: stdout + stderr };
}

function write(path: string, ...lines: string[]): void {
  mkdirSync(join(folder, 'docs'), { recursive: true });
  writeFileSync(join(folder, path), `${lines.join('\n')}\n`);
}

it('finds broken links, anchors and pictures, and no others', () => {
  write('docs/other.md', '# Other', '', '## A heading', '', '[back](../README.md#start)');
  write(
    'README.md',
    '# Start',
    '[good](docs/other.md) [good](docs/other.md#a-heading) [good](#start)',
    '[no such file](docs/gone.md)',
    '[no such anchor there](docs/other.md#gone)',
    '[no such anchor here](#gone)',
    '![no such picture](docs/gone.svg)',
  );
  const { status, text } = lint(folder);
  expect(status).toBe(1);
  const lines = text.match(/^\S+\.md:\d+/gm);
  expect(lines).toEqual(['README.md:3', 'README.md:4', 'README.md:5', 'README.md:6']);
});

it("finds nothing in this repository's documents, and reads them all", () => {
  const { status, text } = lint(root);
  expect(text).toContain(`Linting: ${documents().length} file(s)`);
  expect(status, text).toBe(0);
});
