import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Command, Contender } from './contender.js';
import { endWithUs } from './end-with-us.js';
import type { Model } from './model.js';
import { processTree, type Usage, usage } from './process-tree.js';

const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 15_000;
const POLL_MS = 10;

/** A service that was started as a process of its own and answers. */
export class Server {
  private constructor(
    private readonly child: ChildProcess,
    readonly pid: number,
    readonly url: string,
    /** From its start until it said that it is ready. */
    readonly readySeconds: number,
  ) {}

  /**
   * Starts the service and waits until it is ready; what it prints goes to a file of the folder.
   *
   * @throws when it ends or is not ready in time.
   */
  static async start(
    contender: Contender,
    model: Model,
    logs: string,
    change = (command: Command) => command,
  ): Promise<Server> {
    const port = await freePort();
    const { file, args, cwd, env } = change(contender.command(model, port));
    const log = join(logs, `${contender.name}.log`);
    const output = openSync(log, 'w');
    const startMs = performance.now();
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', output, output],
      detached: true,
    });
    const pid = child.pid;
    if (pid === undefined) throw new Error(`${file} did not start`);
    endWithUs(child, () => killTree(pid));
    const url = `http://127.0.0.1:${port}`;
    while (!(await answers(url + contender.readyPath))) {
      const ended = child.exitCode !== null || child.signalCode !== null;
      if (ended || performance.now() - startMs > START_TIMEOUT_MS) {
        killTree(pid);
        throw new Error(`${ended ? 'ended at once' : 'was not ready in time'}, see ${log}`);
      }
      await setTimeout(POLL_MS);
    }
    return new Server(child, pid, url, (performance.now() - startMs) / 1000);
  }

  usage(): Usage {
    return usage(this.pid);
  }

  /** SIGTERM, and SIGKILL to what is still there later. */
  async stop(): Promise<void> {
    const pids = processTree(this.pid).map((process) => process.pid);
    const exited = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await Promise.race([exited, setTimeout(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    killAll(pids);
  }
}

function killTree(pid: number): void {
  killAll(processTree(pid).map((process) => process.pid));
}

function killAll(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** A free port, with free ones after it for those that need more. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (!address || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
