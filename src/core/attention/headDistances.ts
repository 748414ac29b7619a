/** Terms that are summed in a second or so; with more, fewer queries are compared. */
const mostTerms = 50e6;

/** Queries to compare so many pairs of heads at: all, or as many as can be in a second, evenly spaced. */
export function comparedQueries(pairs: number, queries: number, keys: number): number[] {
  const count = Math.min(queries, Math.max(1, Math.floor(mostTerms / Math.max(1, pairs * keys))));
  return Array.from({ length: count }, (_, index) => Math.floor(((index + 0.5) * queries) / count));
}

/**
 * Entropies of rows in bits, -Σ w·log2 w.
 * @param weights `[query][key]` of a head. @param rows the queries that are wanted.
 */
export function rowEntropies(weights: Float32Array, keys: number, rows: readonly number[]): Float64Array {
  return Float64Array.from(rows, (row) => {
    let entropy = 0;
    for (let at = row * keys; at < (row + 1) * keys; at++) {
      const weight = weights[at]!;
      if (weight > 0) entropy -= weight * Math.log2(weight);
    }
    return entropy;
  });
}

/** A head as it is compared with others. */
export interface ComparedHead {
  /** `[query][key]` */
  weights: Float32Array;
  /** Of the compared rows, as `rowEntropies` gives them. */
  entropies: Float64Array;
}

/**
 * The mean Jensen-Shannon divergence of two heads over some queries, in bits, 0 to 1 (Lin 1991; of heads, Clark et al.
 * 2019, section 6, who take the sum): H((p+q)/2) - (H(p)+H(q))/2.
 */
export function jensenShannon(
  left: ComparedHead,
  right: ComparedHead,
  keys: number,
  rows: readonly number[],
): number {
  let sum = 0;
  rows.forEach((row, index) => {
    let entropy = 0;
    for (let at = row * keys; at < (row + 1) * keys; at++) {
      const weight = (left.weights[at]! + right.weights[at]!) / 2;
      if (weight > 0) entropy -= weight * Math.log2(weight);
    }
    sum += entropy - (left.entropies[index]! + right.entropies[index]!) / 2;
  });
  // Rounding may leave a divergence of equal rows a little below 0.
  return Math.min(1, Math.max(0, sum / rows.length));
}

/** Points on a plane, and the part of the squared distances that it shows. */
export interface Plane {
  x: Float32Array;
  y: Float32Array;
  shown: number;
}

/**
 * Classical multidimensional scaling to two dimensions (Torgerson 1952): the two largest eigenvectors of
 * -½·J·D²·J, each as long as the root of its eigenvalue. Roots of Jensen-Shannon divergences are distances in a
 * Hilbert space (Fuglede and Topsøe 2004), so that no eigenvalue is negative.
 * @param squared squared distances, `[count][count]`.
 */
export function planeOf(squared: Float64Array, count: number): Plane {
  const products = doublyCentred(squared, count);
  let trace = 0;
  for (let index = 0; index < count; index++) trace += products[index * count + index]!;
  const axes: { values: Float64Array; eigenvalue: number }[] = [];
  while (axes.length < 2) {
    const vector = largestEigenvector(products, count);
    const image = times(products, vector, count);
    const eigenvalue = Math.max(0, dot(vector, image));
    axes.push({ values: vector.map((value) => value * Math.sqrt(eigenvalue)), eigenvalue });
    for (let row = 0; row < count; row++) {
      for (let column = 0; column < count; column++)
        products[row * count + column]! -= eigenvalue * vector[row]! * vector[column]!;
    }
  }
  const [x, y] = axes;
  return {
    x: Float32Array.from(x!.values),
    y: Float32Array.from(y!.values),
    shown: trace > 0 ? Math.min(1, (x!.eigenvalue + y!.eigenvalue) / trace) : 1,
  };
}

function doublyCentred(squared: Float64Array, count: number): Float64Array {
  const means = Float64Array.from({ length: count }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < count; column++) sum += squared[row * count + column]!;
    return sum / count;
  });
  const mean = means.reduce((sum, each) => sum + each, 0) / Math.max(1, count);
  return squared.map(
    (value, at) => -(value - means[Math.floor(at / count)]! - means[at % count]! + mean) / 2,
  );
}

const mostSteps = 500;
const closeEnough = 1e-10;

/** The eigenvector of the largest eigenvalue by power iteration, of length 1; its largest entry is positive. */
function largestEigenvector(matrix: Float64Array, count: number): Float64Array {
  // Any start that is not orthogonal to it does, and the same one gives the same map.
  let vector = unit(Float64Array.from({ length: count }, (_, index) => Math.cos(1 + index * 1.7)));
  for (let step = 0; step < mostSteps; step++) {
    const next = unit(times(matrix, vector, count));
    const change = 1 - Math.abs(dot(next, vector));
    vector = next;
    if (change < closeEnough) break;
  }
  const largest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? vector.map((value) => -value) : vector;
}

function times(matrix: Float64Array, vector: Float64Array, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < count; column++) sum += matrix[row * count + column]! * vector[column]!;
    return sum;
  });
}

function dot(left: Float64Array, right: Float64Array): number {
  return left.reduce((sum, value, index) => sum + value * right[index]!, 0);
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return length > 0 ? vector.map((value) => value / length) : vector;
}
