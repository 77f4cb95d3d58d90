import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../fixtures.js';

const SOURCE = join(root, '..', 'shared', 'validators');
/** So that a command line stays within what the system takes. */
const FILES_A_CALL = 500;

/** Why HAPI's validators cannot be asked here; undefined where they can. */
export const whyNoValidators = (() => {
  if (!existsSync(join(SOURCE, 'pom.xml'))) return 'no ../shared/validators';
  const missing = ['java', 'mvn'].filter((command) => spawnSync(command, ['-version']).error);
  return missing.length > 0 ? `no ${missing.join(' and ')}` : undefined;
})();

/** Other people's validators of FHIR R4 and HL7 v2.5.1, each asked about many documents at a time. */
export class Validators {
  private constructor(private readonly jar: string) {}

  /** The folder of the libraries that they are made of, HAPI's HL7 server among them. */
  get libraries(): string {
    return join(dirname(this.jar), 'lib');
  }

  /** Builds them, once for each state of their sources: seconds, and the first time Maven fetches what they need. */
  static build(): Validators {
    const folder = join(root, 'node_modules', '.cache', `validators-${hashOf(SOURCE)}`);
    if (!existsSync(folder)) {
      // Aside, since several test files may build at once.
      const aside = `${folder}.${process.pid}`;
      mkdirSync(aside, { recursive: true });
      for (const name of ['pom.xml', 'src'])
        cpSync(join(SOURCE, name), join(aside, name), { recursive: true });
      execFileSync('chmod', ['-R', 'u+w', aside]);
      const build = ['-q', '-B', '-DskipTests', 'package'];
      // Offline first: what Maven has already, it would ask the network about again.
      if (spawnSync('mvn', ['-o', ...build], { cwd: aside }).status !== 0) {
        execFileSync('mvn', build, { cwd: aside });
      }
      if (existsSync(folder)) rmSync(aside, { recursive: true });
      else renameSync(aside, folder);
    }
    return new Validators(join(folder, 'target', 'validators.jar'));
  }

  /** The findings for each document, in order; none where it is valid. */
  fhir(documents: readonly unknown[], ownSystems: readonly string[]): string[][] {
    const options = ownSystems.flatMap((system) => ['--allow-system', system]);
    return this.#check(
      ['fhir', ...options],
      'json',
      documents.map((document) => JSON.stringify(document)),
    );
  }

  hl7(messages: readonly string[], { law = false } = {}): string[][] {
    return this.#check(['hl7', ...(law ? ['--law'] : [])], 'hl7', messages);
  }

  #check(mode: string[], extension: string, documents: readonly string[]): string[][] {
    const folder = mkdtempSync(join(tmpdir(), 'hemoserve-lis-'));
    try {
      const files = documents.map((document, index) => {
        const file = join(folder, `${index}.${extension}`);
        writeFileSync(file, document);
        return file;
      });
      const findings: string[][] = [];
      for (let start = 0; start < files.length; start += FILES_A_CALL) {
        findings.push(...this.#run([...mode, '--quiet', ...files.slice(start, start + FILES_A_CALL)]));
      }
      if (findings.length !== documents.length) throw new Error('the validators left documents out');
      return findings;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** Each file's lines end with one that begins with VALID or INVALID. */
  #run(args: string[]): string[][] {
    const options = ['-Xss2m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8'];
    const { status, stdout, stderr } = spawnSync('java', [...options, '-jar', this.jar, ...args], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    if (status !== 0 && status !== 1) throw new Error(`the validators failed: ${stderr}`);
    const findings: string[][] = [[]];
    for (const line of stdout.split('\n').filter(Boolean)) {
      if (/^(IN)?VALID /.test(line)) findings.push([]);
      else findings.at(-1)?.push(line);
    }
    return findings.slice(0, -1);
  }
}

function hashOf(folder: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of [join(folder, 'pom.xml'), ...files.sort()]) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}
