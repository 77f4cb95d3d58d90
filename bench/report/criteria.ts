import { type ContenderResult, type Results, rawOf } from './results.js';

/** One thing that the service must show: measured against its bound, each a ratio within one run. */
export interface Criterion {
  what: string;
  measured: number;
  bound: number;
  /** The measured value must be at least or at most the bound. */
  direction: 'at least' | 'at most';
  unit?: string;
}

/** The queue's time may be this much longer than permits over throughput say: batches are not even. */
const LATENCY_MARGIN = 1.25;

export function passes({ measured, bound, direction }: Criterion): boolean {
  return direction === 'at least' ? measured >= bound : measured <= bound;
}

/** Those criteria that a run has figures for. */
export function criteria(results: Results): Criterion[] {
  const ours = results.contenders.find(({ name }) => name === 'hemoserve');
  if (!ours || ours.missing !== undefined) return [];
  return [
    ...besideTheEngine(results, ours),
    ...results.contenders.filter((peer) => peer !== ours).flatMap((peer) => besideAPeer(ours, peer)),
    ...underOverload(ours, results.maxImagesInFlight),
    ...ours.loads.map(({ clients, eventLoopDelayMs = Number.NaN }) => ({
      what: `longest delay of the event loop at ${clients} clients`,
      measured: eventLoopDelayMs,
      bound: 20,
      direction: 'at most' as const,
      unit: 'ms',
    })),
  ];
}

function besideTheEngine(results: Results, ours: ContenderResult): Criterion[] {
  const raw = rawOf(results, ours.engine);
  const at32 = ours.loads.find(({ clients }) => clients === 32);
  const alone = ours.loads.find(({ clients }) => clients === 1);
  const found: Criterion[] = [
    {
      what: 'from the start until ready',
      measured: ours.readySeconds ?? Number.NaN,
      bound: 2,
      direction: 'at most',
      unit: 's',
    },
  ];
  if (raw && at32) {
    found.push({
      what: 'throughput at 32 clients / the raw engine with decoding',
      measured: at32.cropsPerSecond / raw.withDecoding.cropsPerSecond,
      bound: 0.95,
      direction: 'at least',
    });
  }
  const at128 = ours.loads.find(({ clients }) => clients === 128);
  if (at32 && at128) {
    found.push({
      what: 'throughput at 128 clients / at 32',
      measured: at128.cropsPerSecond / at32.cropsPerSecond,
      bound: 1,
      direction: 'at least',
    });
  }
  if (raw && alone) {
    found.push({
      what: 'p50 of one client / decoding and engine alone',
      measured: alone.p50Ms / raw.oneCropP50Ms,
      bound: 1.15,
      direction: 'at most',
    });
  }
  return found;
}

function besideAPeer(ours: ContenderResult, peer: ContenderResult): Criterion[] {
  return peer.loads.flatMap((theirs) => {
    const mine = ours.loads.find(({ clients }) => clients === theirs.clients);
    if (!mine) return [];
    const where = `${peer.title} at ${theirs.clients} clients`;
    // Three times the peer that the report's readers would write.
    const bound = peer.name === 'fastapi-keras' && theirs.clients === 32 ? 3 : 1;
    const throughput = mine.cropsPerSecond / theirs.cropsPerSecond;
    return [
      { what: `throughput / ${where}`, measured: throughput, bound, direction: 'at least' },
      { what: `p99 / ${where}`, measured: mine.p99Ms / theirs.p99Ms, bound: 1, direction: 'at most' },
    ] satisfies Criterion[];
  });
}

function underOverload({ overload, loads }: ContenderResult, maxImagesInFlight: number): Criterion[] {
  if (!overload) return [];
  const peak = Math.max(...loads.map(({ cropsPerSecond }) => cropsPerSecond));
  return [
    {
      what: 'throughput at four times the load / peak',
      measured: overload.cropsPerSecond / peak,
      bound: 0.95,
      direction: 'at least',
    },
    {
      what: 'p99 of the admitted / HEMOSERVE_MAX_IMAGES_IN_FLIGHT crops at the peak',
      measured: overload.p99Ms / 1000 / (maxImagesInFlight / peak),
      bound: LATENCY_MARGIN,
      direction: 'at most',
    },
    {
      what: 'p99 of the refusals',
      measured: overload.refusedP99Ms,
      bound: 10,
      direction: 'at most',
      unit: 'ms',
    },
    {
      what: 'longest delay of the event loop at four times the load',
      measured: overload.eventLoopDelayMs ?? Number.NaN,
      bound: 20,
      direction: 'at most',
      unit: 'ms',
    },
    {
      what: 'refusals without Retry-After',
      measured: overload.withoutRetryAfter,
      bound: 0,
      direction: 'at most',
    },
  ];
}
