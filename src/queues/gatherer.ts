interface Entry<I, O> {
  input: I;
  resolve: (output: O) => void;
  reject: (error: unknown) => void;
}

/**
 * Hands items on in groups: those of one turn of the event loop together. While as many groups as may be are in work, the
 * next one grows.
 */
export class Gatherer<I, O> {
  #waiting: Entry<I, O>[] = [];
  #groups = 0;
  #isDue = false;

  /**
   * @param work gives an output for each input, in their order. What it rejects with, each item of the group does.
   * @param mostGroups in work at a time.
   */
  constructor(
    private readonly work: (inputs: readonly I[]) => Promise<readonly O[]>,
    private readonly mostGroups: number,
  ) {}

  run(input: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
      this.#plan();
    });
  }

  #plan(): void {
    if (this.#isDue || this.#waiting.length === 0 || this.#groups >= this.mostGroups) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      void this.#begin();
    });
  }

  async #begin(): Promise<void> {
    const entries = this.#waiting;
    this.#waiting = [];
    this.#groups += 1;
    try {
      const outputs = await this.work(entries.map(({ input }) => input));
      for (const [index, { resolve }] of entries.entries()) resolve(outputs[index] as O);
    } catch (error) {
      for (const { reject } of entries) reject(error);
    }
    this.#groups -= 1;
    this.#plan();
  }
}
