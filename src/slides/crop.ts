import type { Decision } from '../vocabulary/reasons.js';
import type { ModelReference } from './slide.js';

/** What the model says of one crop; versions with trust data say more, which is kept as it is. */
export interface CropResult {
  /** The most probable class (top-1). */
  class: string;
  probability: number;
  /** By class name, in the manifest's order. */
  probabilities: Readonly<Record<string, number>>;
  /** Absent where the version has no trust data: then the answer is taken. */
  decision?: Decision;
  /** Codes of why it is to be reviewed. */
  reasons?: readonly string[];
}

/** A crop of a slide, named by its content: the same file sent twice is one crop. */
export interface SlideCrop {
  /** SHA-256 of its file, hexadecimal. */
  sha256: string;
  /** Place in the slide, from 1, in the order in which they were classified. */
  number: number;
  /** As the client named it; it may carry a patient's data, so it is never logged. */
  filename?: string;
  /** The caller's own id; never logged either. */
  cropId?: string;
  receivedAt: string;
  model: ModelReference;
  result: CropResult;
}
