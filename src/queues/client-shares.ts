/** Crops in work and the bytes of their files. */
export interface Held {
  images: number;
  bytes: number;
}

/** What the requests of each address hold, which is a share of all at most. */
export class ClientShares {
  /** Only those that hold something. */
  readonly #held = new Map<string, Held>();

  /** @param share from 0 to 1. */
  constructor(
    private readonly limits: Held,
    private readonly share: number,
  ) {}

  hasRoom(client: string, bytes: number): boolean {
    const held = this.#held.get(client);
    if (!held) return true;
    return (
      held.images + 1 <= Math.ceil(this.limits.images * this.share) &&
      held.bytes + bytes <= Math.ceil(this.limits.bytes * this.share)
    );
  }

  count(client: string, images: number, bytes: number): void {
    const held = this.#held.get(client) ?? { images: 0, bytes: 0 };
    held.images += images;
    held.bytes += bytes;
    if (held.images > 0) this.#held.set(client, held);
    else this.#held.delete(client);
  }
}
