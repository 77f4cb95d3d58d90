import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../fixtures.js';

/** HAPI FHIR's JPA server, empty, on a free port of the loopback interface. */
export class FhirServer {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /** Builds it the first time, for which Maven fetches about 400 MB. */
  static async start(): Promise<FhirServer> {
    const folder = join(root, 'node_modules', '.cache', 'fhir-server');
    const libraries = join(folder, 'target', 'lib');
    if (!existsSync(libraries)) {
      mkdirSync(folder, { recursive: true });
      cpSync(join(root, 'test', 'support', 'lis', 'fhir-server'), folder, { recursive: true });
      const goals = ['compile', 'dependency:copy-dependencies', '-DincludeScope=runtime'];
      execFileSync('mvn', ['-q', '-B', ...goals, `-DoutputDirectory=${libraries}`], { cwd: folder });
    }
    const path = `${join(folder, 'target', 'classes')}:${libraries}/*`;
    const options = ['-Xmx1500m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', path];
    const child = spawn('java', [...options, 'lis.FhirServer'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const output = createInterface(child.stdout);
    const url = await new Promise<string>((resolve, reject) => {
      output.on('line', (line) => line.startsWith('http://') && resolve(line));
      child.once('exit', (code) => reject(new Error(`the FHIR server ended with ${code}`)));
    });
    return new FhirServer(url, child);
  }

  stop(): void {
    this.child.kill();
  }

  /** Posts a transaction; the status of each entry's response. */
  async transaction(bundle: unknown): Promise<string[]> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(bundle),
    });
    const answer = (await response.json()) as { entry?: { response: { status: string } }[] };
    if (response.status !== 200) throw new Error(JSON.stringify(answer));
    return (answer.entry ?? []).map(({ response: { status } }) => status.slice(0, 3));
  }

  /** All resources of a type. */
  async all<T>(type: string): Promise<T[]> {
    const headers = { 'cache-control': 'no-cache' };
    const response = await fetch(`${this.url}/${type}?_count=1000`, { headers });
    const { entry = [] } = (await response.json()) as { entry?: { resource: T }[] };
    return entry.map(({ resource }) => resource);
  }
}
