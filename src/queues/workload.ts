/** The last crops, about, by which the rate is averaged: some batches, as a batch's crops get done all at once. */
const MEMORY_CROPS = 64;

/**
 * Crops in work, of which request each is, and at what rate they get done while there are any. From both follows how
 * long one more crop will take: by Little's law (Little 1961) the time in a system is the number in it over its rate.
 * With few crops in work the rate is too low, since they do not fill a batch, and so is the number of them: the law
 * holds for what was measured, and the rate grows as more come.
 *
 * A request is known by its signal, as in the fair queues, which give each request its turn.
 */
export class Workload {
  readonly #cropsOf = new Map<AbortSignal | undefined, number>();
  /** Time with crops in work, and crops done in it; both fade as crops get done. */
  #busyMs = 0;
  #done = 0;
  #asOfMs = 0;

  /** Counts a crop until its work ends. One that was dropped, as its request is over, says nothing of the rate. */
  async run<T>(work: () => Promise<T>, request?: AbortSignal): Promise<T> {
    this.#count(request, 1);
    let dropped = false;
    try {
      return await work();
    } catch (error) {
      dropped = request?.aborted ?? false;
      throw error;
    } finally {
      this.#count(request, -1);
      if (!dropped) this.#countDone();
    }
  }

  /**
   * Time until a further crop of a request would be done, in ms, behind those of others that come before it in turn.
   *
   * @returns 0 where no other request has any, or no crop was done yet.
   */
  expectedMs(request?: AbortSignal): number {
    this.#pass();
    const own = (this.#cropsOf.get(request) ?? 0) + 1;
    let turns = own;
    for (const [other, crops] of this.#cropsOf) if (other !== request) turns += Math.min(crops, own);
    return turns === own || this.#done === 0 ? 0 : (turns * this.#busyMs) / this.#done;
  }

  /** How long there have been no crops in work, in ms. */
  get idleMs(): number {
    return this.#cropsOf.size > 0 ? 0 : performance.now() - this.#asOfMs;
  }

  #count(request: AbortSignal | undefined, crops: number): void {
    this.#pass();
    const count = (this.#cropsOf.get(request) ?? 0) + crops;
    if (count > 0) this.#cropsOf.set(request, count);
    else this.#cropsOf.delete(request);
  }

  #countDone(): void {
    const kept = 1 - 1 / MEMORY_CROPS;
    this.#done = (this.#done + 1) * kept;
    this.#busyMs *= kept;
  }

  /** Lets the time pass until now, which counts while crops are in work. */
  #pass(): void {
    const nowMs = performance.now();
    if (this.#cropsOf.size > 0) this.#busyMs += nowMs - this.#asOfMs;
    this.#asOfMs = nowMs;
  }
}
