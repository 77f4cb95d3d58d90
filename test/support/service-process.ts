import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, vi } from 'vitest';
import { root } from './fixtures.js';

interface LogLine {
  msg: string;
  [field: string]: unknown;
}

const FROM_SOURCES = [
  process.execPath,
  '--import',
  join(root, 'scripts', 'typescript.mjs'),
  join(root, 'src', 'main.ts'),
];

/** The service as a process, from the sources unless another command starts it. */
export class ServiceProcess {
  readonly log: LogLine[] = [];
  stderr = '';
  readonly exit: Promise<number | NodeJS.Signals>;
  private readonly child: ChildProcess;

  constructor(environment: Record<string, string>, [command = '', ...args] = FROM_SOURCES) {
    this.child = spawn(command, args, {
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        HEMOSERVE_ENGINE: 'onnxruntime',
        HEMOSERVE_PRECISION: 'float32',
        ...environment,
      },
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.child;
    if (!stdout || !stderr) throw new Error('no pipes');
    createInterface(stdout).on('line', (line) => this.log.push(JSON.parse(line) as LogLine));
    stderr.on('data', (text) => {
      this.stderr += text;
    });
    this.exit = once(this.child, 'close').then(
      ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
    );
  }

  /** The first log line whose message contains a text. */
  async line(text: string): Promise<LogLine> {
    // Unlike `expect.poll`, also before the tests of a file.
    await vi.waitFor(() => expect(this.log.some(({ msg }) => msg.includes(text))).toBe(true), {
      timeout: 60_000,
      interval: 20,
    });
    return this.log.find(({ msg }) => msg.includes(text)) as LogLine;
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the process did not start');
    return this.child.pid;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async url(): Promise<string> {
    return (await this.line('listening')).msg.replace(/^.*(http:\S+).*$/, '$1');
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
