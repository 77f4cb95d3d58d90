import { type Signal, signal } from '@preact/signals';
import { fetchBlob } from '../api/client.ts';

/** Requests for images at a time, so that changes of a review find a connection. */
const MOST_AT_A_TIME = 3;

/**
 * The pictures of a slide's crops: those that were dropped here as they are, the others from the service where it keeps
 * them. Nothing is written to this computer's disk.
 */
export class Images {
  readonly #blobs = new Map<string, Blob>();
  readonly #urls = new Map<string, Signal<string | undefined>>();
  readonly #queue: string[] = [];
  #running = 0;

  constructor(
    private readonly slideId: string,
    private readonly kept: () => boolean,
  ) {}

  /** The picture's URL, once it is there. */
  url(crop: string): Signal<string | undefined> {
    let url = this.#urls.get(crop);
    if (!url) {
      url = signal(undefined);
      this.#urls.set(crop, url);
    }
    return url;
  }

  add(crop: string, blob: Blob): void {
    if (this.#blobs.has(crop)) return;
    this.#blobs.set(crop, blob);
    this.url(crop).value = URL.createObjectURL(blob);
  }

  has(crop: string): boolean {
    return this.#blobs.has(crop);
  }

  /** Gets a picture that is about to be seen. */
  want(crop: string): void {
    if (this.#blobs.has(crop) || !this.kept() || this.#queue.includes(crop)) return;
    this.#queue.push(crop);
    void this.#work();
  }

  /** A crop's file; undefined where neither this page nor the service has it. */
  async blob(crop: string): Promise<Blob | undefined> {
    const known = this.#blobs.get(crop);
    if (known) return known;
    if (!this.kept()) return undefined;
    try {
      this.add(crop, await fetchBlob(`/v1/slides/${encodeURIComponent(this.slideId)}/crops/${crop}/image`));
    } catch {
      // Another one of the same slide may still be there.
    }
    return this.#blobs.get(crop);
  }

  dispose(): void {
    for (const { value } of this.#urls.values()) if (value) URL.revokeObjectURL(value);
    this.#urls.clear();
    this.#blobs.clear();
  }

  async #work(): Promise<void> {
    if (this.#running >= MOST_AT_A_TIME) return;
    this.#running += 1;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift())
      await this.blob(next);
    this.#running -= 1;
  }
}
