/** Whether sines and cosines alternate, as in the paper, or lie in halves, as in Marian and tensor2tensor. */
export type SinusoidOrder = 'interleaved' | 'halves';

/**
 * PE(pos, 2i) = sin(pos / 10000^(2i/d)), PE(pos, 2i+1) = cos(the same) (Vaswani et al. 2017, section 3.5).
 * @returns the encoding of one position, `width` numbers.
 */
export function sinusoid(position: number, width: number, order: SinusoidOrder): Float64Array {
  const half = Math.ceil(width / 2);
  return Float64Array.from({ length: width }, (_, at) => {
    const [pair, isSine] =
      order === 'interleaved' ? [Math.floor(at / 2), at % 2 === 0] : [at % half, at < half];
    const angle = position / 10000 ** ((2 * pair) / width);
    return isSine ? Math.sin(angle) : Math.cos(angle);
  });
}

/** PE(p)·PE(p + k), which is Σ cos(k / 10000^(2i/d)): it depends on the distance k alone. */
export function sinusoidProduct(distance: number, width: number): number {
  let sum = 0;
  for (let pair = 0; pair < width / 2; pair++) sum += Math.cos(distance / 10000 ** ((2 * pair) / width));
  return sum;
}

/**
 * PE(p + k) from PE(p) alone: each pair (sin, cos) is turned by the angle k / 10000^(2i/d), whatever p is.
 * @param encoding `d` numbers, an even count.
 */
export function turned(encoding: ArrayLike<number>, distance: number, order: SinusoidOrder): Float64Array {
  const { length: width } = encoding;
  const result = new Float64Array(width);
  for (let pair = 0; pair < width / 2; pair++) {
    const [at, beside] = order === 'interleaved' ? [2 * pair, 2 * pair + 1] : [pair, pair + width / 2];
    const angle = distance / 10000 ** ((2 * pair) / width);
    const [along, across] = [Math.cos(angle), Math.sin(angle)];
    const [sine, cosine] = [encoding[at]!, encoding[beside]!];
    result[at] = sine * along + cosine * across;
    result[beside] = cosine * along - sine * across;
  }
  return result;
}

/**
 * The mean product of the vectors of positions so far apart.
 * @param vectors `[positions][width]`
 * @returns one number for each distance from 0, over the product at distance 0.
 */
export function productsByDistance(vectors: ArrayLike<number>, width: number): Float64Array {
  const positions = vectors.length / width;
  const means = Float64Array.from({ length: positions }, (_, distance) => {
    let sum = 0;
    const apart = distance * width;
    for (let at = apart; at < vectors.length; at++) sum += vectors[at - apart]! * vectors[at]!;
    return sum / (positions - distance);
  });
  const [own = 1] = means;
  return means.map((mean) => mean / (own || 1));
}

/** The largest difference between vectors of positions from 0 and sinusoids, in the order that fits them. */
export function distanceFromWaves(vectors: ArrayLike<number>, width: number): number {
  const order = orderOf(vectors, width);
  return largestOff(vectors, width, (position) => sinusoid(position, width, order));
}

/** The largest difference between a vector and one so far before it that is turned, in the order that fits them. */
export function distanceFromTurned(vectors: ArrayLike<number>, width: number, distance: number): number {
  const order = orderOf(vectors, width);
  const [all, first] = [Float64Array.from(vectors), distance * width];
  return largestOff(all.subarray(Math.min(first, all.length)), width, (position) =>
    turned(all.subarray(position * width, (position + 1) * width), distance, order),
  );
}

/** The order of sines and cosines that fits the second vector, or the only one. */
function orderOf(vectors: ArrayLike<number>, width: number): SinusoidOrder {
  const position = vectors.length > width ? 1 : 0;
  const off = (order: SinusoidOrder): number =>
    sinusoid(position, width, order).reduce(
      (sum, wave, at) => sum + Math.abs(wave - vectors[position * width + at]!),
      0,
    );
  return off('interleaved') <= off('halves') ? 'interleaved' : 'halves';
}

function largestOff(
  vectors: ArrayLike<number>,
  width: number,
  expected: (position: number) => Float64Array,
): number {
  let largest = 0;
  for (let position = 0; position < vectors.length / width; position++) {
    const wanted = expected(position);
    for (let at = 0; at < width; at++)
      largest = Math.max(largest, Math.abs(wanted[at]! - vectors[position * width + at]!));
  }
  return largest;
}
