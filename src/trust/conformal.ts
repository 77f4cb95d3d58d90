/**
 * Class-conditional conformal prediction sets (LAC: Sadinle, Lei & Wasserman 2019, "Least ambiguous set-valued
 * classifiers with bounded error levels"). A crop of any class has its class in its set with a probability of at least
 * `level`, as long as crops come as the calibration crops did.
 */
export interface ConformalSets {
  level: number;
  /** (classes): a class is in the set where 1 - its probability is at most this. */
  thresholds: Float64Array;
}

/**
 * @param scores (classes): of each class, 1 - its probability of each of its n calibration crops, never falling. The
 *   threshold is the ceil((n + 1) level)-th of them. A class with too few crops for that uses those of all classes.
 * @param level between 0 and 1.
 */
export function conformalSets(scores: readonly (readonly number[])[], level: number): ConformalSets {
  const pooled = scores.flat().sort((a, b) => a - b);
  const thresholds = scores.map((own) => thresholdAt(own, level) ?? thresholdAt(pooled, level) ?? 1);
  return { level, thresholds: Float64Array.from(thresholds) };
}

/**
 * @param probabilities (classes), calibrated.
 * @returns the classes of the set by index; none where no class is as probable as it is for a share `level` of its crops.
 */
export function predictionSet({ thresholds }: ConformalSets, probabilities: ArrayLike<number>): number[] {
  const members: number[] = [];
  for (let index = 0; index < thresholds.length; index++) {
    if (1 - (probabilities[index] as number) <= (thresholds[index] as number)) members.push(index);
  }
  return members;
}

function thresholdAt(scores: readonly number[], level: number): number | undefined {
  return scores[Math.ceil((scores.length + 1) * level) - 1];
}
