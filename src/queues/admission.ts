import { ServiceError } from '../errors/problem.js';
import { ClientShares, type Held } from './client-shares.js';
import { type Uploader, UploadWatch } from './upload-watch.js';

export type { Held };

/** A request that asks for permits: what it holds, and whose it is. */
export interface Holder extends Held, Uploader {
  /** Address of its client; all requests of one address share a bound. */
  client?: string;
}

export interface AdmissionOptions {
  /** Most of both that the requests of one address hold, from 0 to 1. */
  clientShare?: number;
  /** Least rate of a file that is read; 0 is none. */
  minUploadBytesPerSecond?: number;
}

/** Leave to work on one crop. */
export interface Permit {
  /** The file is read: gives back what it turned out not to need. */
  shrinkTo(bytes: number): void;
  release(): void;
}

/** Time for an upload to get going while others want its place. */
const PRESSED_GRACE_MS = 500;

interface Waiting {
  request: Holder;
  bytes: number;
  grant: (permit: Permit) => void;
}

/**
 * Permits for crops in work, over all requests, bounded in images and in bytes of their files.
 *
 * A request may hold at most as much as stays free beside it (dynamic thresholds: Choudhury and Hahne 1998, "Dynamic
 * Queue Length Thresholds for Shared-Memory Packet Switches"), so that one of thousands of crops leaves room for
 * others; alone it gets half. Requests are told apart by the `Holder` that they pass, which begins empty.
 *
 * A file has its permit while it is read. When somebody wants the place of uploads that are under the least rate, these
 * are cut off. So slow clients don't keep the others out.
 */
export class Admission {
  /** Over all requests. */
  readonly held: Held = { images: 0, bytes: 0 };
  /** Files that are read at the moment. */
  readonly uploads: UploadWatch;
  readonly #waiting = new Set<Waiting>();
  readonly #clients: ClientShares;

  constructor(
    private readonly limits: Readonly<Held>,
    { clientShare = 1, minUploadBytesPerSecond = 0 }: AdmissionOptions = {},
  ) {
    this.uploads = new UploadWatch(minUploadBytesPerSecond);
    this.#clients = new ClientShares(limits, clientShare);
  }

  /**
   * A permit for one file of at most `bytes`, at once.
   *
   * @throws {ServiceError} overloaded
   */
  acquireNow(request: Holder, bytes: number): Permit {
    if (this.#makeRoom(request, bytes)) return this.#permit(request, bytes);
    const { held, limits } = this;
    throw new ServiceError(
      'overloaded',
      `${held.images} of ${limits.images} images and ${held.bytes} of ${limits.bytes} bytes are in work.`,
      { retryAfterS: 1 },
    );
  }

  /** A permit for one file of at most `bytes`, once there is room. Rejects with the signal's reason if it is aborted. */
  async acquire(request: Holder, bytes: number, signal: AbortSignal): Promise<Permit> {
    signal.throwIfAborted();
    if (this.#makeRoom(request, bytes)) return this.#permit(request, bytes);
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

  #makeRoom(request: Holder, bytes: number): boolean {
    const hasRoom = () => this.#hasRoom(request, bytes);
    this.uploads.cutOffSlow(PRESSED_GRACE_MS, hasRoom);
    return hasRoom();
  }

  #hasRoom(request: Holder, bytes: number): boolean {
    const { held, limits } = this;
    const freeImages = limits.images - held.images;
    const freeBytes = limits.bytes - held.bytes;
    const fits = request.images + 1 <= freeImages && request.bytes + bytes <= freeBytes;
    return fits && this.#clients.hasRoom(request.client ?? '', bytes);
  }

  #permit(request: Holder, maxBytes: number): Permit {
    let bytes = maxBytes;
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      isRead();
      this.#count(request, -1, -bytes);
    };
    const isRead = this.uploads.begin(request, release);
    this.#count(request, 1, bytes);
    return {
      shrinkTo: (size) => {
        if (!isHeld) return;
        isRead();
        this.#count(request, 0, size - bytes);
        bytes = size;
      },
      release,
    };
  }

  #count(request: Holder, images: number, bytes: number): void {
    for (const held of [request, this.held]) {
      held.images += images;
      held.bytes += bytes;
    }
    this.#clients.count(request.client ?? '', images, bytes);
    if (images > 0 || bytes > 0) return;
    for (const waiting of this.#waiting) {
      if (this.#hasRoom(waiting.request, waiting.bytes)) {
        waiting.grant(this.#permit(waiting.request, waiting.bytes));
      }
    }
  }
}
