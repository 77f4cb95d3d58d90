import { benchmark } from './benchmark.js';
import { profile } from './profile.js';
import { scaling } from './scaling.js';
import type { Section } from './section.js';
import { soak } from './soak.js';

/** The sections of docs/performance.md that commands write. */
export const SECTIONS: Section<never>[] = [benchmark, profile, scaling, soak];
