/**
 * The least level that at least this share of the values do not exceed.
 *
 * @param histogram (levels): how many values there are of each level.
 * @param count of all.
 */
export function percentile(histogram: Uint32Array, count: number, share: number): number {
  const wanted = Math.ceil(share * count);
  let below = 0;
  for (let level = 0; level < histogram.length; level++) {
    below += histogram[level] as number;
    if (below >= wanted) return level;
  }
  return histogram.length - 1;
}

/**
 * The threshold with the largest variance between the values up to it and those above it (Otsu 1979); the lowest of
 * several.
 *
 * @returns -1 where all values are alike.
 */
export function otsuThreshold(histogram: Uint32Array, count: number): number {
  let total = 0;
  for (let level = 0; level < histogram.length; level++) total += level * (histogram[level] as number);
  let best = -1;
  let most = 0;
  let below = 0;
  let sumBelow = 0;
  for (let level = 0; level < histogram.length; level++) {
    below += histogram[level] as number;
    sumBelow += level * (histogram[level] as number);
    const above = count - below;
    if (below === 0 || above === 0) continue;
    const gap = sumBelow / below - (total - sumBelow) / above;
    const variance = below * above * gap * gap;
    if (variance > most) {
      most = variance;
      best = level;
    }
  }
  return best;
}
