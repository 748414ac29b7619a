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
    const [sine, cosine] = [encoding[at]!, encoding[beside]!];
    result[at] = sine * Math.cos(angle) + cosine * Math.sin(angle);
    result[beside] = cosine * Math.cos(angle) - sine * Math.sin(angle);
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
    for (let at = 0; at + distance < positions; at++) {
      for (let place = 0; place < width; place++)
        sum += vectors[at * width + place]! * vectors[(at + distance) * width + place]!;
    }
    return sum / (positions - distance);
  });
  const [own = 1] = means;
  return means.map((mean) => mean / (own || 1));
}

/** The largest difference between vectors of positions from 0 and sinusoids, in the order that fits them better. */
export function distanceFromWaves(vectors: ArrayLike<number>, width: number): number {
  return inBetterOrder(vectors, width, (_, position, order) => [position, sinusoid(position, width, order)]);
}

/** The largest difference between a vector and one so far before it that is turned, in the order that fits better. */
export function distanceFromTurned(vectors: ArrayLike<number>, width: number, distance: number): number {
  return inBetterOrder(vectors, width, (vector, position, order) => [
    position + distance,
    turned(vector, distance, order),
  ]);
}

/** @param expected what stands at which position, by the vector of a position; past the last one nothing does. */
function inBetterOrder(
  vectors: ArrayLike<number>,
  width: number,
  expected: (vector: Float64Array, position: number, order: SinusoidOrder) => [number, Float64Array],
): number {
  const positions = vectors.length / width;
  const vectorAt = (position: number): Float64Array =>
    Float64Array.from({ length: width }, (_, at) => vectors[position * width + at]!);
  const orders: SinusoidOrder[] = ['interleaved', 'halves'];
  return Math.min(
    ...orders.map((order) => {
      let largest = 0;
      for (let position = 0; position < positions; position++) {
        const [at, wanted] = expected(vectorAt(position), position, order);
        if (at >= positions) continue;
        wanted.forEach((number, place) => {
          largest = Math.max(largest, Math.abs(number - vectors[at * width + place]!));
        });
      }
      return largest;
    }),
  );
}
