import Queue from 'yocto-queue';

interface Refusable {
  reject: (reason: unknown) => void;
  /** Turns that the item takes, a whole number; 1 without. */
  cost?: number;
}

/** The items of one request. */
interface Lane<T> {
  items: Queue<T>;
  /** Turns that it had since its last item. */
  credit: number;
  close: () => void;
}

/**
 * A queue that gives one item of each request in turn (round robin), so that a request of thousands does not keep
 * a single crop waiting. An item that costs more waits for as many turns of its request (deficit round robin: Shreedhar
 * and Varghese 1996, "Efficient Fair Queuing Using Deficit Round-Robin"). A request is known by its signal; when that
 * is aborted its items are rejected and gone at once.
 */
export class FairQueue<T extends Refusable> {
  readonly #lanes = new Map<AbortSignal | undefined, Lane<T>>();
  readonly #turns = new Queue<Lane<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T, signal?: AbortSignal): void {
    if (signal?.aborted) {
      item.reject(signal.reason);
      return;
    }
    (this.#lanes.get(signal) ?? this.#open(signal)).items.enqueue(item);
    this.#size += 1;
  }

  /**
   * The next item, or none if the queue has none that may go.
   *
   * @param mayGo of a request's first item; while it may not go, its request gains no turns.
   */
  shift(mayGo: (item: T) => boolean = () => true): T | undefined {
    let heldBack = 0;
    for (let lane = this.#turns.dequeue(); lane; lane = this.#turns.dequeue()) {
      const item = lane.items.peek();
      // An aborted request's lane keeps its turn, empty.
      if (!item) continue;
      if (!mayGo(item)) {
        this.#turns.enqueue(lane);
        heldBack += 1;
        if (heldBack >= this.#turns.size) return undefined;
        continue;
      }
      heldBack = 0;
      lane.credit += 1;
      if (lane.credit < (item.cost ?? 1)) {
        this.#turns.enqueue(lane);
        continue;
      }
      lane.credit = 0;
      lane.items.dequeue();
      this.#size -= 1;
      if (lane.items.size > 0) this.#turns.enqueue(lane);
      else lane.close();
      return item;
    }
    return undefined;
  }

  #open(signal: AbortSignal | undefined): Lane<T> {
    const items = new Queue<T>();
    const close = () => {
      this.#lanes.delete(signal);
      signal?.removeEventListener('abort', abort);
    };
    const abort = () => {
      close();
      this.#size -= items.size;
      for (const item of items.drain()) item.reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort);
    const lane = { items, credit: 0, close };
    this.#lanes.set(signal, lane);
    this.#turns.enqueue(lane);
    return lane;
  }
}
