import { argmax } from '../../src/classify/probabilities.js';
import type { Contender } from './contender.js';
import type { SentRequest } from './load.js';

/** Class probabilities of each crop by the raw engine, against which every answer is held. */
export interface Reference {
  classes: string[];
  probabilities: number[][];
  /** Largest accepted difference of one probability. */
  tolerance: number;
}

export interface LoadFigures {
  /** Right answers a second, of those that came within the load's time. */
  cropsPerSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  answered: number;
  /** 503s; not among the failed. */
  refused: number;
  failed: number;
  /** Answers with another top-1 class or other probabilities than the raw engine's. */
  wrong: number;
  /** Largest difference of one probability. */
  largestDifference: number;
}

/** What a load of that many seconds showed; latencies are those of the answers. */
export function loadFigures(
  sent: SentRequest[],
  seconds: number,
  contender: Contender,
  reference: Reference,
): LoadFigures {
  const answered = sent.filter(({ status }) => status === 200);
  const differences = answered.map((request) => difference(request, contender, reference));
  const right = answered.filter((_, index) => (differences[index] ?? Infinity) <= reference.tolerance);
  const latencies = answered.map(({ latencyMs }) => latencyMs);
  const refused = sent.filter(({ status }) => status === 503).length;
  return {
    cropsPerSecond: completedWithin(right, seconds) / seconds,
    p50Ms: percentile(latencies, 50),
    p95Ms: percentile(latencies, 95),
    p99Ms: percentile(latencies, 99),
    answered: answered.length,
    refused,
    failed: sent.length - answered.length - refused,
    wrong: answered.length - right.length,
    largestDifference: Math.max(0, ...differences),
  };
}

function completedWithin(sent: SentRequest[], seconds: number): number {
  return sent.filter(({ startMs, latencyMs }) => startMs + latencyMs <= seconds * 1000).length;
}

/** Of one answer from the reference; infinite for another top-1 class, unless the reference itself is undecided. */
function difference({ body, crop }: SentRequest, contender: Contender, reference: Reference): number {
  const expected = reference.probabilities[crop] ?? [];
  const actual = contender.probabilities(JSON.parse(body.toString()), reference.classes);
  if (actual.length !== expected.length) return Infinity;
  const [first = 0, second = 0] = expected.toSorted((a, b) => b - a);
  if (argmax(actual) !== argmax(expected) && first - second > reference.tolerance) return Infinity;
  return Math.max(...expected.map((value, index) => Math.abs(value - (actual[index] ?? Infinity))));
}

/** Nearest-rank percentile; NaN of nothing. */
export function percentile(values: number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
