import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { root } from './fixtures.js';

interface LogLine {
  msg: string;
  [field: string]: unknown;
}

/** The process as `npm start` runs it, from the sources. */
export class ServiceProcess {
  readonly log: LogLine[] = [];
  stderr = '';
  readonly exit: Promise<number | NodeJS.Signals>;
  private readonly child: ChildProcess;

  constructor(environment: Record<string, string>) {
    const loader = join(root, 'scripts', 'typescript.mjs');
    this.child = spawn(process.execPath, ['--import', loader, join(root, 'src', 'main.ts')], {
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
    await expect
      .poll(() => this.log.some(({ msg }) => msg.includes(text)), { timeout: 60_000, interval: 20 })
      .toBe(true);
    return this.log.find(({ msg }) => msg.includes(text)) as LogLine;
  }

  async url(): Promise<string> {
    return (await this.line('listening')).msg.replace(/^.*(http:\S+).*$/, '$1');
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
