/**
 * Carries out a Dockerfile in plain folders, one for each stage, since no Docker engine is needed for that: COPY takes
 * what .dockerignore leaves, RUN runs, and the last stage's command is started as its user, is healthy by its HEALTHCHECK
 * and classifies a crop; once over HTTP and once over TLS. Base images are this machine; `apt-get` is left out.
 *
 *     npm run check:images -- Dockerfile
 */
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import ignore from '@balena/dockerignore';
import { type Copy, DockerfileParser, type From, type Instruction } from 'dockerfile-ast';
import { Agent, fetch } from 'undici';
import { Certificates } from '../test/support/certificates.js';

const root = join(import.meta.dirname, '..');
const dockerfile = process.argv[2] ?? 'Dockerfile';
const PORT = '3950';
const START_TIMEOUT_MS = 180_000;

const work = mkdtempSync(join(tmpdir(), 'hemoserve-image-'));
const context = join(work, 'context');
const certificates = new Certificates();

/** A stage's folder stands for its root. */
interface Stage {
  folder: string;
  workdir: string;
  environment: Record<string, string>;
  user: string | undefined;
  health: string[];
  command: string[];
}

const stages = new Map<string, Stage>();

/** What `docker build` would send: the files of git that .dockerignore leaves. */
function fillContext(): void {
  const rules = ignore.default().add(readFileSync(join(root, '.dockerignore'), 'utf8'));
  const options = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', options, { cwd: root, encoding: 'utf8' }).trim().split('\n');
  for (const file of rules.filter(files)) {
    mkdirSync(dirname(join(context, file)), { recursive: true });
    cpSync(join(root, file), join(context, file));
  }
}

function copy(stage: Stage, paths: string[], from: string | null | undefined): void {
  const target = paths.pop() ?? '.';
  const source = from ? (stages.get(from)?.folder ?? '') : context;
  const into = join(stage.folder, stage.workdir, target);
  for (const path of paths) {
    const found = join(source, path);
    // A folder's content is copied, a file goes into a folder that ends with a slash.
    const isFolder = readdirSync(dirname(found), { withFileTypes: true }).some(
      (entry) => entry.name === found.split('/').at(-1) && entry.isDirectory(),
    );
    const file = target.endsWith('/') && !isFolder ? join(into, found.split('/').at(-1) ?? '') : into;
    mkdirSync(isFolder ? file : dirname(file), { recursive: true });
    cpSync(found, file, { recursive: true, verbatimSymlinks: true });
  }
}

function run(stage: Stage, command: string): void {
  if (command.startsWith('apt-get')) {
    console.log('  (left out)');
    return;
  }
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...stage.environment };
  execFileSync('bash', ['-euc', command], {
    cwd: join(stage.folder, stage.workdir),
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function carryOut(stage: Stage, instruction: Instruction): void {
  const args = instruction.getArguments().map((argument) => argument.getValue());
  const text = instruction.getArgumentsContent() ?? '';
  const json = () => JSON.parse(text.slice(text.indexOf('['))) as string[];
  switch (instruction.getKeyword()) {
    case 'WORKDIR':
      stage.workdir = args[0] ?? '/';
      mkdirSync(join(stage.folder, stage.workdir), { recursive: true });
      return;
    case 'ENV':
    case 'ARG':
      for (const arg of args) {
        const at = arg.indexOf('=');
        stage.environment[arg.slice(0, at)] = arg.slice(at + 1);
      }
      return;
    case 'COPY':
      copy(stage, args, (instruction as Copy).getFromFlag()?.getValue());
      return;
    case 'RUN':
      run(stage, text);
      return;
    case 'USER':
      stage.user = args[0];
      return;
    case 'HEALTHCHECK':
      stage.health = json();
      return;
    case 'CMD':
      stage.command = json();
      return;
    case 'EXPOSE':
    case 'VOLUME':
      return;
    default:
      throw new Error(`${instruction.getKeyword()}: this script does not know it`);
  }
}

/** Starts the last stage as its user, who may write to `data` and /tmp alone. */
async function tryOut(stage: Stage, tls: Record<string, string>): Promise<void> {
  const folder = join(stage.folder, stage.workdir);
  const id = Number(stage.user?.split(':')[0]);
  if (!(id > 0)) throw new Error(`the image's user is ${stage.user}`);
  chownSync(join(folder, 'data'), id, id);
  for (const path of [work, stage.folder]) execFileSync('chmod', ['755', path]);
  // A machine without a GPU tries all but that.
  const device = stage.environment.HEMOSERVE_DEVICE === 'gpu' ? { HEMOSERVE_DEVICE: 'auto' } : {};
  const settings = { HOST: '127.0.0.1', PORT, ...device, ...tls };
  const env = { PATH: process.env.PATH, ...stage.environment, ...settings };
  const [command = '', ...args] = stage.command;
  const child = spawn(command, args, {
    cwd: folder,
    env,
    uid: id,
    gid: id,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    const [check = '', ...checkArgs] = stage.health;
    const healthy = () => {
      try {
        execFileSync(check, checkArgs, { cwd: folder, env, uid: id, gid: id, stdio: 'ignore' });
        return true;
      } catch {
        return false;
      }
    };
    const endMs = performance.now() + START_TIMEOUT_MS;
    while (!healthy()) {
      if (performance.now() > endMs || child.exitCode !== null) throw new Error('it does not get healthy');
      await setTimeout(500);
    }
    const body = readFileSync(join(root, 'test', 'fixtures', 'cells', 'eosinophil.jpg'));
    const headers = { 'content-type': 'image/jpeg' };
    const protocol = tls.HEMOSERVE_TLS_CERTIFICATE ? 'https' : 'http';
    const dispatcher = new Agent({ connect: { ca: readFileSync(certificates.ca) } });
    const url = `${protocol}://127.0.0.1:${PORT}/v1/classify`;
    const response = await fetch(url, { method: 'POST', headers, body, dispatcher });
    const { results } = (await response.json()) as { results?: { class: string }[] };
    if (!results?.[0]?.class) throw new Error(`it answered ${response.status}`);
    console.log(
      `as user ${stage.user}, over ${protocol}: healthy, and a crop is classified as ${results[0].class}`,
    );
    const written = execFileSync(
      'find',
      [folder, '-newer', join(folder, 'package.json'), '-user', String(id)],
      {
        encoding: 'utf8',
      },
    );
    console.log(`written below ${stage.workdir}: ${written.trim().replaceAll(folder, '.') || 'nothing'}`);
  } finally {
    child.kill('SIGTERM');
    await Promise.race([new Promise((resolve) => child.once('exit', resolve)), setTimeout(20_000)]);
  }
}

try {
  fillContext();
  let stage: Stage | undefined;
  for (const instruction of DockerfileParser.parse(
    readFileSync(join(root, dockerfile), 'utf8'),
  ).getInstructions()) {
    console.log(instruction.getTextContent()?.split('\n')[0]);
    if (instruction.getKeyword() === 'FROM') {
      const name = (instruction as From).getBuildStage() ?? String(stages.size);
      const folder = join(work, name);
      stage = { folder, workdir: '/', environment: {}, user: undefined, health: [], command: [] };
      mkdirSync(folder);
      stages.set(name, stage);
    } else if (stage) carryOut(stage, instruction);
  }
  const { certificate, key } = certificates.issue('image');
  const tls = { HEMOSERVE_TLS_CERTIFICATE: certificate, HEMOSERVE_TLS_KEY: key };
  // The image's user reads them.
  execFileSync('chmod', ['-R', 'a+rX', certificates.folder]);
  if (stage) for (const settings of [{}, tls]) await tryOut(stage, settings);
} finally {
  certificates.dispose();
  rmSync(work, { recursive: true, force: true, maxRetries: 5 });
}
