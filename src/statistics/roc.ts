/** A receiver operating characteristic: its points from (0, 0) to (1, 1), by falling threshold. */
export interface RocCurve {
  /** Area under all points, before any thinning. */
  auc: number;
  falsePositiveRate: number[];
  truePositiveRate: number[];
}

/** Least step between points that are kept: about a pixel where the page draws the corner larger. */
const STEP = 0.0005;

/**
 * ROC of a score for one class against the rest (Fawcett 2006, "An introduction to ROC analysis"). Equal scores
 * make one step, so the area under it is the Mann-Whitney statistic with ties counted half.
 *
 * @param scores (n), higher for the class.
 * @param positive (n), whether the crop is of the class.
 * @returns undefined when all crops are of the class, or none is.
 */
export function roc(scores: readonly number[], positive: readonly boolean[]): RocCurve | undefined {
  const positives = positive.filter(Boolean).length;
  const negatives = positive.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  const order = [...scores.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const points: [falsePositiveRate: number, truePositiveRate: number][] = [[0, 0]];
  let hits = 0;
  let falseAlarms = 0;
  let area = 0;
  for (let from = 0; from < order.length; ) {
    const score = scores[order[from] ?? 0];
    const hitsBefore = hits;
    const falseAlarmsBefore = falseAlarms;
    for (; from < order.length && scores[order[from] ?? 0] === score; from++) {
      if (positive[order[from] ?? 0]) hits += 1;
      else falseAlarms += 1;
    }
    area += ((falseAlarms - falseAlarmsBefore) * (hits + hitsBefore)) / 2;
    points.push([falseAlarms / negatives, hits / positives]);
  }
  const kept = thin(points);
  return {
    auc: area / (positives * negatives),
    falsePositiveRate: kept.map(([x]) => rounded(x)),
    truePositiveRate: kept.map(([, y]) => rounded(y)),
  };
}

/** Leaves out points within a straight run, and those nearer than STEP to the one kept before. */
function thin(points: [number, number][]): [number, number][] {
  const kept: [number, number][] = [];
  points.forEach(([x, y], index) => {
    const [lastX, lastY] = kept.at(-1) ?? [-1, -1];
    const next = points[index + 1];
    const straight = next && ((x === lastX && next[0] === x) || (y === lastY && next[1] === y));
    if (!next || (!straight && Math.max(x - lastX, y - lastY) >= STEP)) kept.push([x, y]);
  });
  return kept;
}

function rounded(rate: number): number {
  return Number(rate.toFixed(5));
}
