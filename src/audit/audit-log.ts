import { appendFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const DAY_MS = 86_400_000;
const LOOK_MS = 3_600_000;
/** Records that wait for a slow disk; past it they are lost. */
const MAX_WAITING_BYTES = 16_777_216;
const FILE = /^audit-(\d{4}-\d{2}-\d{2})\.jsonl$/;

export interface AuditOptions {
  /** Made, if it is not there. */
  folder: string;
  /** Days until a file is deleted; kept for good with 0. */
  retentionDays: number;
  onWritten(count: number): void;
  /** Is told of records that are lost, or of old files that cannot be deleted (0). */
  onFailure(error: Error, lostCount: number): void;
}

/** Records as lines of JSON, appended to a file a day (UTC). Nobody waits for the disk, and no answer for the audit. */
export class AuditLog {
  readonly #options: AuditOptions;
  readonly #timer: NodeJS.Timeout;
  #lines: string[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  /** A disk that got full may have cut the last line. */
  #isCut = false;

  /** @throws {Error} where the folder cannot be made or read. */
  static async open(options: AuditOptions): Promise<AuditLog> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const audit = new AuditLog(options);
    await audit.#deleteOld();
    return audit;
  }

  private constructor(options: AuditOptions) {
    this.#options = options;
    const look = () => this.#deleteOld().catch((error) => options.onFailure(error, 0));
    this.#timer = setInterval(look, LOOK_MS).unref();
  }

  /** Appends a record, soon; its time comes first. */
  write(record: object): void {
    const line = `${JSON.stringify({ time: new Date().toISOString(), ...record })}\n`;
    if (this.#waitingBytes + line.length > MAX_WAITING_BYTES) {
      this.#options.onFailure(new Error(`more than ${MAX_WAITING_BYTES} bytes wait for the disk`), 1);
      return;
    }
    this.#waitingBytes += line.length;
    this.#lines.push(line);
    this.#writing ??= this.#drain();
  }

  /** Once this resolves all is written. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
  }

  /** What comes while a piece is written makes the next one. */
  async #drain(): Promise<void> {
    const { folder, onWritten, onFailure } = this.#options;
    while (this.#lines.length > 0) {
      const lines = this.#lines;
      const bytes = this.#waitingBytes;
      this.#lines = [];
      const file = join(folder, `audit-${new Date().toISOString().slice(0, 10)}.jsonl`);
      try {
        await appendFile(file, (this.#isCut ? '\n' : '') + lines.join(''), { mode: 0o600 });
        this.#isCut = false;
        onWritten(lines.length);
      } catch (error) {
        this.#isCut = true;
        onFailure(error as Error, lines.length);
      }
      this.#waitingBytes -= bytes;
    }
    this.#writing = undefined;
  }

  async #deleteOld(): Promise<void> {
    const { folder, retentionDays } = this.#options;
    if (retentionDays === 0) return;
    const before = Date.now() - retentionDays * DAY_MS;
    for (const name of await readdir(folder)) {
      const day = FILE.exec(name)?.[1];
      // Its last record is of the end of its day.
      if (day && Date.parse(day) + DAY_MS < before) await rm(join(folder, name));
    }
  }
}
