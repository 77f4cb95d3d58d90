import { ServiceError } from '../errors/problem.js';

/** Whose upload it is, as far as its rate goes. */
export interface Uploader {
  /** Bytes that have come on its connection; infinite when all have. */
  receivedBytes?: () => number;
  /** Ends the request, whose upload is too slow. */
  cutOff?: (reason: ServiceError) => void;
}

/** A file that is being read. */
interface Upload {
  uploader: Uploader;
  sinceMs: number;
  fromBytes: number;
  /** Gives its permit back. */
  release: () => void;
}

/** Files that are being read, of which those under a least rate can be cut off. */
export class UploadWatch {
  /** The oldest first. */
  readonly #uploads = new Set<Upload>();

  /** @param minBytesPerSecond 0 is no least rate. */
  constructor(private readonly minBytesPerSecond: number) {}

  /** @returns a function to call at the file's end. */
  begin(uploader: Uploader, release: () => void): () => void {
    const fromBytes = uploader.receivedBytes?.() ?? 0;
    const upload = { uploader, sinceMs: performance.now(), fromBytes, release };
    this.#uploads.add(upload);
    return () => this.#uploads.delete(upload);
  }

  /** Cuts off, the oldest first, uploads that have had `graceMs` and are under the least rate, until it is enough. */
  cutOffSlow(graceMs: number, isEnough: () => boolean = () => false): void {
    for (const upload of this.#uploads) {
      if (isEnough()) return;
      if (!this.#isSlow(upload, graceMs)) continue;
      upload.release();
      const detail = `Fewer than ${this.minBytesPerSecond} bytes came in a second.`;
      upload.uploader.cutOff?.(new ServiceError('request_timeout', detail));
    }
  }

  #isSlow({ uploader, sinceMs, fromBytes }: Upload, graceMs: number): boolean {
    const ageMs = performance.now() - sinceMs;
    const received = uploader.receivedBytes?.() ?? Number.POSITIVE_INFINITY;
    return ageMs >= graceMs && received < fromBytes + (this.minBytesPerSecond * ageMs) / 1000;
  }
}
