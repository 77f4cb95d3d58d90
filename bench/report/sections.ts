import { benchmark, benchmarkTables } from './benchmark.js';
import { mainThread, profile } from './profile.js';
import { scaling } from './scaling.js';
import type { Section } from './section.js';
import { readers, trust } from './side-by-side.js';
import { slides } from './slides.js';
import { soak } from './soak.js';
import { steady } from './steady.js';

/** The sections of documents that commands write. */
export const SECTIONS: Section<never>[] = [
  benchmark,
  benchmarkTables,
  profile,
  mainThread,
  readers,
  trust,
  scaling,
  slides,
  soak,
  steady,
];
