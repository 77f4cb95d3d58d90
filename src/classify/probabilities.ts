/**
 * Class probabilities of one crop: the softmax of its logits over the temperature (Guo et al. 2017, "On
 * Calibration of Modern Neural Networks").
 *
 * @param logits (classes)
 * @returns float64 (classes), summing to 1.
 */
export function softmax(logits: Float32Array | Float64Array, temperature: number): Float64Array {
  const scaled = Float64Array.from(logits, (logit) => logit / temperature);
  const highest = Math.max(...scaled);
  const exponentials = scaled.map((value) => Math.exp(value - highest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}

/** The mean of logits, float32 (classes) each; there is one at least. */
export function mean(all: readonly Float32Array[]): Float64Array {
  return Float64Array.from(
    all[0] ?? [],
    (_, index) => all.reduce((total, one) => total + (one[index] ?? 0), 0) / all.length,
  );
}

/** Index of the most probable class (top-1). */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  }
  return best;
}

/** Six significant digits, which is what float32 arithmetic is good for. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
