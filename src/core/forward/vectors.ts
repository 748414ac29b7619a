/** Euclidean length of a vector. */
export function lengthOf(vector: ArrayLike<number>): number {
  return Math.sqrt(dot(vector, vector));
}

/** The cosine between two vectors; 0 where one of them is 0. */
export function cosine(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const lengths = lengthOf(one) * lengthOf(other);
  return lengths > 0 ? dot(one, other) / lengths : 0;
}

function dot(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += one[at]! * (other[at] ?? 0);
  return sum;
}

/** Numbers from 0 to below 1, the same in every run (Lehmer's generator of Park and Miller 1988). */
function randomNumbers(seed: number): () => number {
  let state = (seed % 2147483646) + 1;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

/** Numbers of a standard normal distribution (Box and Muller 1958). */
export function normalNumbers(seed: number): () => number {
  const next = randomNumbers(seed);
  return () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
}

/** The numbers from 0 to below `count` in another order, drawn evenly (Fisher and Yates). */
export function shuffled(count: number, seed: number): number[] {
  const next = randomNumbers(seed);
  const order = Array.from({ length: count }, (_, at) => at);
  for (let at = count - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1));
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}
