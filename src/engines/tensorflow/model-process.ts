import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer, Calls } from './protocol.js';

/** How much of what the child wrote last is worth a line in the log. */
const STDERR_CHARACTERS = 1000;

/** The child process ended while it was needed. */
export class ProcessEnded extends Error {}

interface Pending {
  resolve: (output: never) => void;
  reject: (error: Error) => void;
}

/** A child process that holds one model. Whatever it is asked ends with its answer or with its end. */
export class ModelProcess {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #stderr = '';
  #end: ProcessEnded | undefined;
  /** Resolves when the process has ended, with how. */
  readonly ended: Promise<ProcessEnded>;

  constructor() {
    // The child is beside this file, compiled or not, and gets the loader of sources from this process.
    const file = fileURLToPath(new URL(`./child${extname(import.meta.url)}`, import.meta.url));
    this.#child = fork(file, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child.stderr?.on('data', (text) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARACTERS);
    });
    this.#child.on('message', (answer) => this.#settle(answer as Answer));
    this.ended = new Promise((resolve) => {
      const end = (how: string) => resolve(this.#rejectAll(how));
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('close', (code, signal) => end(signal ?? `exit code ${code}`));
    });
  }

  /**
   * Rejects with what the child answers as its error, or with ProcessEnded.
   */
  call<Name extends keyof Calls>(name: Name, input: Calls[Name]['input']): Promise<Calls[Name]['output']> {
    return new Promise((resolve, reject) => {
      if (this.#end) {
        reject(this.#end);
        return;
      }
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      // Fails only when the child has ended, which rejects all that is pending.
      this.#child.send({ id, name, input }, () => {});
    });
  }

  /** Ends the process at once; there is nothing that it could lose. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #settle(answer: Answer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ('error' in answer) pending?.reject(new Error(answer.error));
    else pending?.resolve(answer.output as never);
  }

  #rejectAll(how: string): ProcessEnded {
    const end = new ProcessEnded(`TensorFlow's process ended (${how}) ${errorLines(this.#stderr)}`.trim());
    this.#end = end;
    for (const { reject } of this.#pending.values()) reject(end);
    this.#pending.clear();
    return end;
  }
}

/** Without the lines in which TensorFlow only informs. */
function errorLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^(I\d{4} |WARNING: All log messages before)/.test(line))
    .join('\n');
}
