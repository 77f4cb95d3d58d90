import { execFile, execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where Debian puts each version's programs. */
const DEBIAN = '/usr/lib/postgresql';
/** PostgreSQL does not run as root. */
const USER = 'nobody';

/** The folder of PostgreSQL's programs; undefined where it is not installed. */
export const postgresPrograms = existsSync(DEBIAN)
  ? readdirSync(DEBIAN)
      .toSorted((a, b) => Number(b) - Number(a))
      .map((version) => join(DEBIAN, version, 'bin'))
      .find((folder) => existsSync(join(folder, 'initdb')))
  : undefined;

/** A real PostgreSQL server of a test, in a temporary folder and on a free port of the loopback interface. */
export class PostgresServer {
  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'hemoserve-postgres-'));
    if (isRoot()) execFileSync('chown', [USER, folder]);
    else chmodSync(folder, 0o700);
    const server = new PostgresServer(folder, await freePort());
    server.#run('initdb', [
      '-D',
      join(folder, 'data'),
      '-U',
      'hemoserve',
      '--auth=trust',
      '--no-sync',
      '-E',
      'UTF8',
    ]);
    server.startAgain();
    return server;
  }

  /** A new, empty database. @returns its URL. */
  async database(name: string): Promise<string> {
    const base = `postgres://hemoserve@127.0.0.1:${this.port}`;
    const create = ['-q', '-c', `create database "${name}"`, `${base}/postgres`];
    await promisify(execFile)(join(postgresPrograms ?? '', 'psql'), create);
    return `${base}/${name}`;
  }

  /** Ends it as a fault would, without a word to its clients. */
  kill(): void {
    this.#run('pg_ctl', ['-D', join(this.folder, 'data'), '-m', 'immediate', '-w', 'stop']);
  }

  startAgain(): void {
    const options = `-p ${this.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${this.folder}`;
    const log = join(this.folder, 'log');
    this.#run('pg_ctl', ['-D', join(this.folder, 'data'), '-o', options, '-l', log, '-w', 'start']);
  }

  dispose(): void {
    this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #run(program: string, args: string[]): void {
    const command = [join(postgresPrograms ?? '', program), ...args];
    const [file = '', ...rest] = isRoot() ? ['setpriv', ...asUser(), ...command] : command;
    // Its output would be kept open by the server.
    const result: SpawnSyncReturns<string> = spawnSync(file, rest, {
      cwd: this.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      timeout: 60_000,
    });
    if (result.status !== 0) throw new Error(`${program}: ${result.stderr}${result.error ?? ''}`);
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function asUser(): string[] {
  return [`--reuid=${USER}`, '--regid=nogroup', '--clear-groups'];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
