import { describe, expect, it } from 'vitest';
import { Admission, type Held, type Permit } from '../../src/queues/admission.js';

const request = (): Held => ({ images: 0, bytes: 0 });
const signal = new AbortController().signal;

/** Permits that a request gets without waiting. */
function takeAll(admission: Admission, held: Held, bytes: number): Permit[] {
  const permits: Permit[] = [];
  for (;;) {
    try {
      permits.push(admission.acquireNow(held, bytes));
    } catch {
      return permits;
    }
  }
}

describe('Admission', () => {
  it('leaves as much as a request has to the others', () => {
    const admission = new Admission({ images: 12, bytes: 1000 });
    const [first, second, third] = [request(), request(), request()];
    expect(takeAll(admission, first, 1)).toHaveLength(6);
    expect(takeAll(admission, second, 1)).toHaveLength(3);
    expect(takeAll(admission, third, 1)).toHaveLength(1 + 1);
    expect(takeAll(admission, request(), 1)).toHaveLength(1);
    expect(() => admission.acquireNow(request(), 1)).toThrow('12 of 12 images');
  });

  it('gives requests of one crop all there is', () => {
    const admission = new Admission({ images: 5, bytes: 1000 });
    for (let index = 0; index < 5; index++) admission.acquireNow(request(), 1);
    expect(() => admission.acquireNow(request(), 1)).toThrow(
      expect.objectContaining({ code: 'overloaded', retryAfterS: 1 }),
    );
  });

  it('bounds bytes, and counts what a file really has', () => {
    const admission = new Admission({ images: 100, bytes: 100 });
    const permit = admission.acquireNow(request(), 100);
    expect(() => admission.acquireNow(request(), 1)).toThrow('100 of 100 bytes');
    permit.shrinkTo(30);
    const other = admission.acquireNow(request(), 70);
    permit.release();
    other.release();
    expect(admission.held).toEqual({ images: 0, bytes: 0 });
  });

  it('lets a request wait until there is room', async () => {
    const admission = new Admission({ images: 2, bytes: 100 });
    const held = request();
    const first = admission.acquireNow(held, 10);
    const other = admission.acquireNow(request(), 90);
    let granted = 0;
    const waiting = admission.acquire(held, 20, signal).then((permit) => {
      granted += 1;
      return permit;
    });
    first.release();
    await Promise.resolve();
    expect(granted).toBe(0);
    other.shrinkTo(70);
    (await waiting).release();
    other.release();
    expect(admission.held).toEqual({ images: 0, bytes: 0 });
    expect(held).toEqual({ images: 0, bytes: 0 });
  });

  it('forgets who waits when its request is over', async () => {
    const admission = new Admission({ images: 1, bytes: 100 });
    const permit = admission.acquireNow(request(), 1);
    const controller = new AbortController();
    const waiting = admission.acquire(request(), 1, controller.signal);
    controller.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    permit.release();
    expect(admission.held.images).toBe(0);
    await expect(admission.acquire(request(), 1, controller.signal)).rejects.toThrow('gone');
  });
});
