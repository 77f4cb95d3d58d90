import type { Differential } from './differential.js';
import type { Slide } from './slide.js';
import type { CountedCrop, Verification } from './verification.js';
import type { Vocabulary } from './vocabulary.js';

/** All that there is to say of a slide at one moment: what every format renders. */
export interface SlideReport {
  slide: Slide;
  /** By their numbers. */
  crops: readonly CountedCrop[];
  /** The oldest first. */
  verifications: readonly Verification[];
  differential: Differential;
  vocabulary: Vocabulary;
}
