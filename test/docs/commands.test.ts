import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANSWER_FIGURE, CROP, drawAnswer } from '../../scripts/generated/answer.js';
import { root } from '../support/fixtures.js';
import { type CodeBlock, codeBlocks, documents, inlineCode, readDocument } from '../support/markdown.js';
import { ServiceProcess } from '../support/service-process.js';

const TOKEN = 'a-token-of-the-documents';
/** For slides. */
const folder = mkdtempSync(join(tmpdir(), 'hemoserve-documents-'));
/** Between the probabilities of engines and precisions, for the crops of the documents. */
const TOLERANCE = 0.01;

let service: ServiceProcess;
let url: string;
// The README's own command; `npm ci` is whoever's that runs this test.
beforeAll(async () => {
  service = new ServiceProcess(
    { HEMOSERVE_ADMIN_TOKEN: TOKEN, HEMOSERVE_DATABASE: join(folder, 'slides.db') },
    ['npm', '--silent', 'start'],
  );
  url = await service.url();
  await service.line('model ready');
});
afterAll(async () => {
  service.kill('SIGTERM');
  await service.exit;
  rmSync(folder, { recursive: true });
});

/** What a block's commands print, against our service instead of the one on the default port. */
async function run(text: string): Promise<string> {
  const commands = text.replaceAll('http://127.0.0.1:3000', url).replaceAll('curl ', 'curl -sS ');
  const env = { ...process.env, HEMOSERVE_ADMIN_TOKEN: TOKEN };
  const { stdout } = await promisify(execFile)('bash', ['-ec', commands], { cwd: root, env });
  return stdout;
}

function parse({ language, text }: CodeBlock): unknown {
  return language === 'jsonl' ? text.split('\n').map((line) => JSON.parse(line)) : JSON.parse(text);
}

/** The documented answer, with what may differ taken from the real one where it is near enough. */
function nearest(documented: unknown, actual: unknown, key = ''): unknown {
  if (key === 'requestId' && typeof actual === 'string') return actual;
  if (typeof documented === 'number' && typeof actual === 'number') {
    const mayDiffer = !Number.isInteger(documented) && Math.abs(documented - actual) <= TOLERANCE;
    return mayDiffer ? actual : documented;
  }
  if (typeof documented !== 'object' || documented === null) return documented;
  const values = actual as Record<string, unknown> | undefined;
  const entries = Object.entries(documented).map(([name, value]) => [
    name,
    nearest(value, values?.[name], name),
  ]);
  return Array.isArray(documented) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

describe.each(documents().filter((path) => readDocument(path).includes('curl ')))('%s', (path) => {
  const blocks = codeBlocks(readDocument(path));
  const commands = blocks
    .map((block, index) => ({ ...block, answer: blocks[index + 1] }))
    .filter(({ language, text }) => language === 'sh' && text.includes('curl '));

  it.each(commands)('$text', async ({ text, answer }) => {
    const printed = await run(text);
    if (answer && ['json', 'jsonl'].includes(answer.language)) {
      const actual = parse({ language: answer.language, text: printed.trim() });
      expect(actual).toEqual(nearest(parse(answer), actual));
    } else {
      expect(printed).not.toBe('');
      expect(printed).not.toContain('urn:hemoserve:problem');
    }
  });
});

it("the README's picture is of the service's answer", async () => {
  const answer = JSON.parse(await run(`curl -F image=@${CROP} http://127.0.0.1:3000/v1/classify`));
  expect(drawAnswer(readFileSync(CROP), answer)).toBe(readFileSync(ANSWER_FIGURE, 'utf8'));
});

it('every metric that a document names is one of the service', async () => {
  const metrics = await run('curl http://127.0.0.1:3000/metrics');
  const named = documents().flatMap((path) =>
    inlineCode(readDocument(path)).flatMap((text) => text.match(/^(?:hemoserve|nodejs)_[a-z_]+/) ?? []),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !metrics.includes(`# TYPE ${name} `))).toEqual([]);
});

it("CI runs the README's two commands: this test starts the service, and CI runs the tests by the second one", () => {
  const [start] = codeBlocks(readDocument('README.md'));
  expect(start?.text).toBe('npm ci && npm start\nnpm ci && npm test');
  const ci = readFileSync(join(root, '.ci', 'run'), 'utf8').split('\n');
  expect(ci).toContain('npm ci && npm test');
});
