import type { LoadResult, Overload } from '../harness/measure.js';
import type { Origin } from '../harness/origin.js';
import type { MachineFigures, RawFigures } from '../raw/raw.js';

/** A service's figures, or why there are none. */
export interface ContenderResult {
  name: string;
  title: string;
  settings: string;
  missing?: string;
  /** From the start of its process until it is ready. */
  readySeconds?: number;
  /** Closed loads. */
  loads: (LoadResult & { clients: number })[];
  overload?: Overload;
  /** What runs the model, as our service says. */
  engine?: string;
}

/** What the benchmark measured. */
export interface Results extends Origin {
  machine: Origin['machine'] & MachineFigures;
  /** Of each closed load. */
  seconds: number;
  /** Largest accepted difference of one probability from the raw engine's. */
  tolerance: number;
  /** Our service's HEMOSERVE_MAX_IMAGES_IN_FLIGHT. */
  maxImagesInFlight: number;
  raw: Omit<RawFigures, 'probabilities'>[];
  contenders: ContenderResult[];
}

/** Of an engine, the best that it does in a loop with decoding. */
export function rawOf(results: Results, engine: string | undefined) {
  return results.raw.find((raw) => raw.engine === engine);
}
