import type { Classification, Classifier } from '../../classify/classifier.js';
import { contentHash } from '../../images/content-hash.js';
import type { Slides } from '../../plugins/slides.js';
import type { SlideCrop } from '../../slides/crop.js';
import type { Slide } from '../../slides/slide.js';
import type { Store } from '../../store/store.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Told } from '../classify/audit.js';
import type { Classify, Outcome } from '../classify/outcomes.js';

export interface SlideOptions {
  slides: Slides;
  store: Store;
  /** As it was when the request came. */
  slide: Slide;
  maxCrops: number;
  /** The caller's own ids of crops, by filename. */
  cropIds?: ReadonlyMap<string, string | undefined>;
}

/** A crop as the slide has it. */
export interface KeptCrop {
  kept: SlideCrop;
}

/**
 * Classifies the crops of a slide, unless it has them already, and keeps each before it is answered.
 *
 * @param judge classifies a crop.
 * @returns what rejects with slide_complete or too_many_crops as the fault of one crop.
 */
export function classifyForSlide(
  classifier: Classifier,
  judge: Classify<Classification>,
  options: SlideOptions,
): Classify<KeptCrop> {
  const { slides, store, slide, maxCrops, cropIds } = options;
  const { name, version } = classifier.model.manifest;
  return async (read) => {
    const { content, filename } = read;
    const sha256 = await contentHash(content);
    // A slide without crops has none of these; what comes twice at once is found when it is added.
    const known = slide.cropCount > 0 && (await store.read('findCrop', { slideId: slide.id, sha256 }));
    if (known) return { kept: known };
    const result = await judge(read);
    const cropId = cropIds?.get(filename ?? '');
    const crop = {
      sha256,
      ...(filename !== undefined && { filename }),
      ...(cropId !== undefined && { cropId }),
      model: { name, version },
      result,
    };
    // Before the crop, so that no crop of the slide lacks it.
    await slides.images?.keep(slide.id, sha256, content);
    const at = new Date().toISOString();
    const [[kept]] = await store.write(['addCrops', { slideId: slide.id, crops: [crop], at, maxCrops }]);
    slides.changed(slide.id);
    return { kept: kept as SlideCrop };
  };
}

/** What is told of a crop, by the version that it was classified with. */
export function toldOf({ kept }: KeptCrop): Told {
  return { model: kept.model, ...kept.result };
}

/** An outcome as the answer has it; counts its error. */
export function toCropResult(outcome: Outcome<KeptCrop>, metrics: Metrics) {
  if ('error' in outcome) {
    metrics.errors.inc({ code: outcome.error.code });
    return { ...outcome, error: outcome.error.toProblem() };
  }
  const { kept, ...place } = outcome;
  const { sha256, cropId, number, result } = kept;
  return { ...place, crop: sha256, ...(cropId !== undefined && { cropId }), number, ...result };
}
