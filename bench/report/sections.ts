import { benchmark } from './benchmark.js';
import { profile } from './profile.js';
import { scaling } from './scaling.js';
import type { Section } from './section.js';
import { slides } from './slides.js';
import { soak } from './soak.js';

/** The sections of documents that commands write. */
export const SECTIONS: Section<never>[] = [benchmark, profile, scaling, slides, soak];
