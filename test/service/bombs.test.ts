import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bmpFile } from '../support/bmp.js';
import { upload } from '../support/fixtures.js';
import { type Service, startService } from '../support/service.js';
import { TIMED } from '../support/timed.js';

const SIDE = 4096;
const FILES = 20;
const ATTACKERS = 3;
const REQUESTS = 15;

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** 16 million pixels in 60 bytes. */
const bmp = () =>
  bmpFile({ width: SIDE, height: SIDE, bits: 8, palette: [[9, 9, 9]], compression: 1, body: [0, 1] });
/** 16 million pixels of 16 bits, interlaced. */
const png = () =>
  sharp({ create: { width: SIDE, height: SIDE, channels: 4, background: 'gray' } })
    .toColourspace('rgb16')
    .png({ progressive: true })
    .toBuffer();

/** The median time of a single crop's answer. */
async function medianMs(): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < REQUESTS; index++) {
    const startMs = performance.now();
    expect((await service.classify([upload('cells/ig.jpg')])).status).toBe(200);
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[Math.floor(REQUESTS / 2)] ?? 0;
}

it.each([
  ['BMPs', bmp],
  ['PNGs', png],
])(
  'three clients who send %s of 16 million pixels do not hold up the crops of others',
  {
    ...TIMED,
    timeout: 120_000,
  },
  async (_name, draw) => {
    const bomb = new File([new Uint8Array(await draw())], 'bomb');
    const files = Array.from({ length: FILES }, () => bomb);
    await medianMs();
    const before = await medianMs();
    const end = new AbortController();
    const attack = async () => {
      while (!end.signal.aborted) {
        await service
          .classify(files, '', { signal: end.signal })
          .then((response) => response.text())
          .catch(() => {});
      }
    };
    const attackers = Array.from({ length: ATTACKERS }, attack);
    const during = await medianMs();
    end.abort();
    await Promise.all(attackers);
    const after = await medianMs();
    expect(during / Math.max(before, after)).toBeLessThan(3);
  },
);
