import { createHash } from 'node:crypto';
import type { CropResult, SlideCrop } from '../../src/slides/crop.js';
import type { SlideDescription } from '../../src/slides/slide.js';

export const AT = '2026-01-02T03:04:05.678Z';

export function slideOf(id: string, rest: Partial<SlideDescription> = {}): SlideDescription {
  return { id, specimenNumber: `specimen of ${id}`, ...rest };
}

/** A crop that the model is sure of; its hash is that of `content`. */
export function cropOf(content: string, className = 'neutrophil', rest: Partial<CropResult> = {}) {
  const result: CropResult = {
    class: className,
    probability: 1,
    probabilities: { [className]: 1 },
    ...rest,
  };
  return {
    sha256: createHash('sha256').update(content).digest('hex'),
    filename: `${content}.jpg`,
    model: { name: 'small', version: '1.0.0' },
    result,
  } satisfies Partial<SlideCrop>;
}
