/** An array of parameters, row by row. */
export interface Parameters {
  shape: readonly number[];
  values: Float32Array;
}

export type NoveltyTerm = 'distance' | 'residual' | 'background' | 'energy' | 'appearance';

/** The parameters of a novelty score; src/registry/trust-data.ts says what each array and term is. */
export interface NoveltyModel {
  features: 'raw' | 'l2';
  weights: Partial<Record<NoveltyTerm, number>>;
  arrays: Partial<Record<string, Parameters>>;
}

/** What a score is computed from, of one crop. */
export interface NoveltyInput {
  features: ArrayLike<number>;
  /** Before the temperature. */
  logits: ArrayLike<number>;
  /** In the order of MEASURES. */
  measures: ArrayLike<number>;
}

/**
 * How little a crop is like those that the network was trained on; higher is more novel. The terms and their papers are
 * those of src/registry/trust-data.ts: class-conditional Mahalanobis distance (Lee et al. 2018), residual (Wang et al.
 * 2022), background (Ren et al. 2021), energy (Liu et al. 2020), and the distance of the image measures.
 */
export class NoveltyScorer {
  readonly #usesFeatures: boolean;

  /** @throws {Error} where an array is missing that a term needs, or has another shape than its fellows. */
  constructor(
    private readonly model: NoveltyModel,
    featureCount: number,
    measureCount: number,
  ) {
    const { weights } = model;
    this.#usesFeatures = (['distance', 'residual', 'background'] as const).some(
      (term) => weights[term] !== undefined,
    );
    if (this.#usesFeatures) {
      this.#check('mean', [featureCount]);
      const [k = 0] = this.#check('projection', [undefined, featureCount]);
      if (weights.distance !== undefined) {
        this.#check('scales', [k]);
        this.#check('classMeans', [undefined, k]);
      }
      if (weights.background !== undefined) this.#check('backgroundScales', [k]);
    }
    if (weights.appearance !== undefined) {
      this.#check('appearanceMean', [measureCount]);
      this.#check('appearanceScales', [measureCount]);
      const [k = 0] = this.#check('appearanceProjection', [undefined, measureCount]);
      this.#check('appearanceClassMeans', [undefined, k]);
    }
  }

  score(input: NoveltyInput): number {
    const terms = { ...this.#featureTerms(input), ...this.#otherTerms(input) };
    return Object.entries(this.model.weights).reduce(
      (sum, [term, weight]) => sum + weight * (terms[term as NoveltyTerm] ?? 0),
      0,
    );
  }

  #featureTerms({ features }: NoveltyInput): Partial<Record<NoveltyTerm, number>> {
    if (!this.#usesFeatures) return {};
    const { weights } = this.model;
    const mean = this.#values('mean');
    const length = this.model.features === 'l2' ? Math.sqrt(squaredLength(features)) || 1 : 1;
    // Loops, here and below: a function called for each of thousands of elements costs many times as much.
    const centred = new Float64Array(mean.length);
    for (let index = 0; index < mean.length; index++) {
      centred[index] = (features[index] as number) / length - (mean[index] as number);
    }
    const projected = times(this.#values('projection'), centred);
    return {
      ...(weights.distance !== undefined && {
        distance: leastDistance(scaled(projected, this.#values('scales')), this.#values('classMeans')),
      }),
      residual: squaredLength(centred) - squaredLength(projected),
      ...(weights.background !== undefined && {
        background: squaredLength(scaled(projected, this.#values('backgroundScales'))),
      }),
    };
  }

  #otherTerms({ logits, measures }: NoveltyInput): Partial<Record<NoveltyTerm, number>> {
    const { weights } = this.model;
    return {
      ...(weights.energy !== undefined && { energy: energy(logits) }),
      ...(weights.appearance !== undefined && { appearance: this.#appearance(measures) }),
    };
  }

  #appearance(measures: ArrayLike<number>): number {
    const scales = this.#values('appearanceScales');
    const standardized = Float64Array.from(
      this.#values('appearanceMean'),
      (mean, index) => ((measures[index] as number) - mean) * (scales[index] as number),
    );
    const projected = times(this.#values('appearanceProjection'), standardized);
    return leastDistance(projected, this.#values('appearanceClassMeans'));
  }

  #values(name: string): Float32Array {
    return this.model.arrays[name]?.values as Float32Array;
  }

  /** Checks an array's shape, in which undefined stands for any length, and gives it. */
  #check(name: string, expected: readonly (number | undefined)[]): readonly number[] {
    const { shape = [] } = this.model.arrays[name] ?? {};
    const fits =
      shape.length === expected.length &&
      expected.every((side, index) => (side ?? shape[index]) === shape[index]);
    if (!fits) {
      throw new Error(
        `novelty: array ${name} has the shape (${shape.join(', ')}), expected (${expected.map((side) => side ?? 'any').join(', ')})`,
      );
    }
    return shape;
  }
}

/** A matrix, row by row, times a vector. Four sums beside each other, as one would wait for each of its additions. */
function times(matrix: Float32Array, vector: Float64Array): Float64Array {
  const width = vector.length;
  const whole = width - (width % 4);
  const product = new Float64Array(matrix.length / width);
  for (let row = 0; row < product.length; row++) {
    const at = row * width;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let index = 0; index < whole; index += 4) {
      a += (matrix[at + index] as number) * (vector[index] as number);
      b += (matrix[at + index + 1] as number) * (vector[index + 1] as number);
      c += (matrix[at + index + 2] as number) * (vector[index + 2] as number);
      d += (matrix[at + index + 3] as number) * (vector[index + 3] as number);
    }
    for (let index = whole; index < width; index++) {
      a += (matrix[at + index] as number) * (vector[index] as number);
    }
    product[row] = a + b + c + d;
  }
  return product;
}

function scaled(vector: Float64Array, scales: Float32Array): Float64Array {
  return vector.map((value, index) => value * (scales[index] as number));
}

function squaredLength(vector: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < vector.length; index++)
    sum += (vector[index] as number) * (vector[index] as number);
  return sum;
}

/** Squared distance to the nearest of some points, row by row. */
function leastDistance(point: Float64Array, points: Float32Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at < points.length; at += point.length) {
    let sum = 0;
    for (let index = 0; index < point.length; index++) {
      const gap = (point[index] as number) - (points[at + index] as number);
      sum += gap * gap;
    }
    least = Math.min(least, sum);
  }
  return least;
}

/** Minus the log of the sum of the logits' exponentials. */
function energy(logits: ArrayLike<number>): number {
  const highest = Math.max(...Array.from(logits));
  let sum = 0;
  for (let index = 0; index < logits.length; index++) sum += Math.exp((logits[index] as number) - highest);
  return -highest - Math.log(sum);
}
