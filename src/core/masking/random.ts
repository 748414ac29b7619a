/** A reproducible source of chance. */
export interface Random {
  /** Uniform over 0 to 2³²-1. */
  next(): number;
  /** Uniform over [0, 1), in steps of 2⁻³². */
  fraction(): number;
  /** Uniform over the whole numbers 0 to `count` - 1. @param count 1 to 2³². */
  below(count: number): number;
}

/**
 * xoshiro128** 1.1 (Blackman and Vigna 2021, "Scrambled Linear Pseudorandom Number Generators").
 * @param state four 32-bit words, not all of them 0.
 */
export function xoshiro128(state: readonly [number, number, number, number]): Random {
  let [a, b, c, d] = state;
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
  const fraction = (): number => next() / 2 ** 32;
  return { next, fraction, below: (count) => Math.floor(fraction() * count) };
}

/**
 * The chance that belongs to a seed and to a place: an epoch, a line. What is drawn for one place does not depend on
 * how much was drawn for another. The words are mixed by the finaliser of MurmurHash3.
 */
export function randomFor(seed: number, ...place: number[]): Random {
  let mixed = mix(seed ^ 0x9e3779b9);
  for (const word of place) {
    // Places beyond 2³² differ in their upper word alone.
    mixed = mix(mixed ^ mix(word >>> 0)) + 0x9e3779b9;
    mixed = mix(mixed ^ Math.floor(word / 2 ** 32));
  }
  const word = (index: number): number => mix(mixed + Math.imul(index, 0x9e3779b9));
  return xoshiro128([word(1), word(2), word(3), word(4) | 1]);
}

/** Puts items into an order that the chance decides (Fisher and Yates), in place. */
export function shuffle<Item>(items: Item[], random: Random): Item[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function mix(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
