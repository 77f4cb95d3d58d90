import type { SlideCrop } from './crop.js';

/** The person who answers for a slide. */
export interface Person {
  name: string;
  /** At the laboratory, such as a staff number. */
  identifier?: string;
}

/** A person's class for a crop: another one than the model's, or the same one confirmed. */
export interface Correction {
  /** SHA-256 of the crop's file. */
  crop: string;
  class: string;
}

/** Who verified a slide, when, and what that changed. */
export interface Verification {
  by: Person;
  at: string;
  corrections: readonly Correction[];
  comment?: string;
  /** Of the slide, after it. */
  revision: number;
}

/** What a crop counts as. */
export interface CountedCrop {
  crop: SlideCrop;
  /** A person's class, or else the model's; undefined as long as a person must look. */
  class: string | undefined;
  /** Whether a person said so. */
  byPerson: boolean;
}

/** What each crop counts as after these verifications, of which a later one overrules. */
export function countedCrops(
  crops: readonly SlideCrop[],
  verifications: readonly Pick<Verification, 'corrections'>[],
): CountedCrop[] {
  const byPerson = new Map(
    verifications.flatMap(({ corrections }) => corrections.map((one) => [one.crop, one.class] as const)),
  );
  return crops.map((crop) => {
    const corrected = byPerson.get(crop.sha256);
    const ofModel = crop.result.decision === 'review' ? undefined : crop.result.class;
    return { crop, class: corrected ?? ofModel, byPerson: corrected !== undefined };
  });
}
