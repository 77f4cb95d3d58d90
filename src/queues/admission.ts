import { ServiceError } from '../errors/problem.js';

/** Crops in work and the bytes of their files. */
export interface Held {
  images: number;
  bytes: number;
}

/** Leave to work on one crop. */
export interface Permit {
  /** Gives back what the file turned out not to need. */
  shrinkTo(bytes: number): void;
  release(): void;
}

interface Waiting {
  request: Held;
  bytes: number;
  grant: (permit: Permit) => void;
}

/**
 * Permits for crops in work, over all requests, bounded in images and in bytes of their files.
 *
 * A request may hold at most as much as stays free beside it (dynamic thresholds: Choudhury and Hahne 1998, "Dynamic
 * Queue Length Thresholds for Shared-Memory Packet Switches"), so that one of thousands of crops leaves room for
 * others; alone it gets half. Requests are told apart by the `Held` that they pass, which begins empty.
 */
export class Admission {
  /** Over all requests. */
  readonly held: Held = { images: 0, bytes: 0 };
  readonly #waiting = new Set<Waiting>();

  constructor(private readonly limits: Readonly<Held>) {}

  /**
   * A permit for one file of at most `bytes`, at once.
   *
   * @throws {ServiceError} overloaded
   */
  acquireNow(request: Held, bytes: number): Permit {
    if (this.#hasRoom(request, bytes)) return this.#permit(request, bytes);
    const { held, limits } = this;
    throw new ServiceError(
      'overloaded',
      `${held.images} of ${limits.images} images and ${held.bytes} of ${limits.bytes} bytes are in work.`,
      { retryAfterS: 1 },
    );
  }

  /** A permit for one file of at most `bytes`, once there is room. Rejects with the signal's reason if it is aborted. */
  async acquire(request: Held, bytes: number, signal: AbortSignal): Promise<Permit> {
    signal.throwIfAborted();
    if (this.#hasRoom(request, bytes)) return this.#permit(request, bytes);
    return new Promise((resolve, reject) => {
      const waiting = { request, bytes, grant };
      const stop = () => {
        this.#waiting.delete(waiting);
        signal.removeEventListener('abort', abort);
      };
      function grant(permit: Permit) {
        stop();
        resolve(permit);
      }
      function abort() {
        stop();
        reject(signal.reason);
      }
      signal.addEventListener('abort', abort);
      this.#waiting.add(waiting);
    });
  }

  #hasRoom(request: Held, bytes: number): boolean {
    const { held, limits } = this;
    const freeImages = limits.images - held.images;
    const freeBytes = limits.bytes - held.bytes;
    return request.images + 1 <= freeImages && request.bytes + bytes <= freeBytes;
  }

  #permit(request: Held, maxBytes: number): Permit {
    let bytes = maxBytes;
    this.#count(request, 1, bytes);
    return {
      shrinkTo: (size) => {
        this.#count(request, 0, size - bytes);
        bytes = size;
      },
      release: () => this.#count(request, -1, -bytes),
    };
  }

  #count(request: Held, images: number, bytes: number): void {
    for (const held of [request, this.held]) {
      held.images += images;
      held.bytes += bytes;
    }
    if (images > 0 || bytes > 0) return;
    for (const waiting of this.#waiting) {
      if (this.#hasRoom(waiting.request, waiting.bytes)) {
        waiting.grant(this.#permit(waiting.request, waiting.bytes));
      }
    }
  }
}
