import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
/** How much of what the child wrote last is worth a line in the log. */
const STDERR_CHARACTERS = 1000;
/** The child process ended while it was needed. */
export class ProcessEnded extends Error {
}
/** A child process that holds one model. Whatever it is asked ends with its answer or with its end. */
export class ModelProcess {
    #child;
    #pending = new Map();
    #lastId = 0;
    #stderr = '';
    #end;
    /** Resolves when the process has ended, with how. */
    ended;
    constructor() {
        // The child is beside this file, compiled or not, and gets the loader of sources from this process.
        const file = fileURLToPath(new URL(`./child${extname(import.meta.url)}`, import.meta.url));
        this.#child = fork(file, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
        this.#child.stderr?.on('data', (text) => {
            this.#stderr = (this.#stderr + text).slice(-STDERR_CHARACTERS);
        });
        this.#child.on('message', (answer) => this.#settle(answer));
        this.ended = new Promise((resolve) => {
            const end = (how) => resolve(this.#rejectAll(how));
            this.#child.once('error', (error) => end(error.message));
            this.#child.once('close', (code, signal) => end(signal ?? `exit code ${code}`));
        });
    }
    /**
     * Rejects with what the child answers as its error, or with ProcessEnded.
     */
    call(name, input) {
        return new Promise((resolve, reject) => {
            if (this.#end) {
                reject(this.#end);
                return;
            }
            const id = ++this.#lastId;
            this.#pending.set(id, { resolve, reject });
            // Fails only when the child has ended, which rejects all that is pending.
            this.#child.send({ id, name, input }, () => { });
        });
    }
    /** Ends the process at once; there is nothing that it could lose. */
    async kill() {
        this.#child.kill('SIGKILL');
        await this.ended;
    }
    #settle(answer) {
        const pending = this.#pending.get(answer.id);
        this.#pending.delete(answer.id);
        if ('error' in answer)
            pending?.reject(new Error(answer.error));
        else
            pending?.resolve(answer.output);
    }
    #rejectAll(how) {
        const end = new ProcessEnded(`TensorFlow's process ended (${how}) ${errorLines(this.#stderr)}`.trim());
        this.#end = end;
        for (const { reject } of this.#pending.values())
            reject(end);
        this.#pending.clear();
        return end;
    }
}
/** Without the lines in which TensorFlow only informs. */
function errorLines(text) {
    return text
        .split('\n')
        .filter((line) => !/^(I\d{4} |WARNING: All log messages before)/.test(line))
        .join('\n');
}
//# sourceMappingURL=model-process.js.map