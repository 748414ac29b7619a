/**
 * The numbers of a tensor with its axes in another order, row by row.
 * @param order the old axes, in their new order; those left out are of size 1.
 */
export function inOrder(
  values: ArrayLike<number>,
  dims: readonly number[],
  order: readonly number[],
): Float32Array {
  const target = new Float32Array(values.length);
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, size) => product * size, 1));
  const axes = order.map((axis) => ({ size: dims[axis]!, stride: strides[axis]! }));
  const { size, stride } = axes.pop() ?? { size: 1, stride: 0 };
  const places = axes.map(() => 0);
  let start = 0;
  for (let index = 0; index < target.length;) {
    // The innermost axis is a loop of its own: weights have millions of numbers.
    for (let at = 0, from = start; at < size; at++, from += stride) target[index++] = values[from]!;
    for (let at = axes.length - 1; at >= 0; at--) {
      const outer = axes[at]!;
      start += outer.stride;
      if (++places[at]! < outer.size) break;
      start -= outer.stride * outer.size;
      places[at] = 0;
    }
  }
  return target;
}
