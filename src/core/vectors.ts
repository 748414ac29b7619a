/** Cosine of the angle between two vectors of one length, -1 to 1; 0 where one is zero. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [product, squareA, squareB] = [0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    const [x, y] = [a[index]!, b[index]!];
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return squareA === 0 || squareB === 0 ? 0 : product / Math.sqrt(squareA * squareB);
}

/** Cosines of all vectors with each other, `[n][n]` row by row. */
export function cosineMatrix(vectors: readonly ArrayLike<number>[]): number[] {
  return vectors.flatMap((a) => vectors.map((b) => cosine(a, b)));
}

/** The mean, or the largest number, of each column over some rows of `[rows][columns]`. */
export function pool(
  values: Float32Array,
  columns: number,
  rows: readonly number[],
  how: 'mean' | 'max',
): Float64Array {
  const pooled = new Float64Array(columns).fill(how === 'mean' ? 0 : -Infinity);
  for (const row of rows) {
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column]!;
      if (how === 'mean') pooled[column]! += value / rows.length;
      else if (value > pooled[column]!) pooled[column] = value;
    }
  }
  return pooled;
}

/** The numbers of an `[n][n]` matrix above its diagonal, row by row. */
export function aboveDiagonal(matrix: readonly number[], size: number): number[] {
  return matrix.filter((_, index) => index % size > Math.floor(index / size));
}

/** Spearman's rank correlation, ties with their mean rank; null for fewer than three pairs or equal numbers alone. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number | null {
  if (a.length < 3) return null;
  const [ranksA, ranksB] = [ranks(a), ranks(b)];
  const middle = (a.length + 1) / 2;
  const centred = (all: number[]): number[] => all.map((rank) => rank - middle);
  const [x, y] = [centred(ranksA), centred(ranksB)];
  if (x.every((rank) => rank === 0) || y.every((rank) => rank === 0)) return null;
  return cosine(x, y);
}

function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((i, j) => values[i]! - values[j]!);
  const ranked = new Array<number>(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let at = start; at < end; at++) ranked[order[at]!] = (start + 1 + end) / 2;
    start = end;
  }
  return ranked;
}
