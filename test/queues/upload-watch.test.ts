import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Admission, type Holder } from '../../src/queues/admission.js';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

/** A request whose upload has so many bytes. */
function holder(bytes = 0): Holder & { received: number; reason?: Error } {
  const request: Holder & { received: number; reason?: Error } = {
    images: 0,
    bytes: 0,
    received: bytes,
    receivedBytes: () => request.received,
    cutOff: (reason) => {
      request.reason = reason;
    },
  };
  return request;
}

describe('an upload under the least rate', () => {
  const admission = () => new Admission({ images: 1, bytes: 1000 }, { minUploadBytesPerSecond: 100 });

  it('gives its place to another one after half a second', () => {
    const queue = admission();
    const slow = holder(7);
    const permit = queue.acquireNow(slow, 10);
    vi.advanceTimersByTime(499);
    expect(() => queue.acquireNow(holder(), 10)).toThrow('1 of 1 images');
    vi.advanceTimersByTime(1);
    slow.received += 49;
    queue.acquireNow(holder(), 10);
    expect(slow.reason).toMatchObject({ code: 'request_timeout' });
    // What it still does changes nothing.
    permit.shrinkTo(5);
    permit.release();
    expect(queue.held).toEqual({ images: 1, bytes: 10 });
  });

  it('keeps it if it is fast enough, or read', () => {
    for (const read of [false, true]) {
      const queue = admission();
      const fast = holder();
      const permit = queue.acquireNow(fast, 10);
      vi.advanceTimersByTime(1000);
      if (read) permit.shrinkTo(10);
      else fast.received = 100;
      expect(() => queue.acquireNow(holder(), 10)).toThrow('1 of 1 images');
      expect(fast.reason).toBeUndefined();
    }
  });

  it('keeps it if all of it is here, though it is not read yet', () => {
    for (const atOnce of [false, true]) {
      const queue = admission();
      const complete = holder(atOnce ? Number.POSITIVE_INFINITY : 0);
      queue.acquireNow(complete, 10);
      complete.received = Number.POSITIVE_INFINITY;
      vi.advanceTimersByTime(1000);
      expect(() => queue.acquireNow(holder(), 10)).toThrow('1 of 1 images');
    }
  });

  it('lets one in that waits', async () => {
    const queue = admission();
    queue.acquireNow(holder(), 10);
    const waiting = queue.acquire(holder(), 10, new AbortController().signal);
    vi.advanceTimersByTime(2000);
    queue.uploads.cutOffSlow(1000);
    await waiting;
    expect(queue.held.images).toBe(1);
  });
});

describe('the requests of one address', () => {
  it('hold a share of all at most, so that another one finds a place', () => {
    const queue = new Admission({ images: 8, bytes: 800 }, { clientShare: 0.5 });
    const of = (client: string): Holder => ({ images: 0, bytes: 0, client });
    const permits = Array.from({ length: 4 }, () => queue.acquireNow(of('a'), 10));
    expect(() => queue.acquireNow(of('a'), 10)).toThrow(expect.objectContaining({ code: 'overloaded' }));
    queue.acquireNow(of('b'), 10);
    permits[0]?.release();
    queue.acquireNow(of('a'), 10);
    permits[1]?.release();
    expect(() => queue.acquireNow(of('a'), 371)).toThrow(expect.objectContaining({ code: 'overloaded' }));
    queue.acquireNow(of('a'), 370);
  });
});
