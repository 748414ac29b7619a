import { eachField, type Field } from './protobuf';

/**
 * The buckets of a `HistogramProto` (summary.proto): min 1, max 2, bucket_limit 6, bucket 7. A bucket goes from the limit
 * before to its own; the first from the least value and the last to the greatest, since the outer limits may be those
 * of float64. Empty buckets at either end are left out.
 * @returns left, right and count of each bucket, one after the other.
 */
export function bucketsOfSummary(bytes: Buffer, start: number, end: number): Float64Array {
  // What is 0 is not written.
  let [least, greatest] = [0, 0];
  const limits: number[] = [];
  const counts: number[] = [];
  eachField(bytes, start, end, (field) => {
    if (field.number === 1 && field.wire === 1) least = bytes.readDoubleLE(field.start);
    else if (field.number === 2 && field.wire === 1) greatest = bytes.readDoubleLE(field.start);
    else if (field.number === 6) doubles(bytes, field, limits);
    else if (field.number === 7) doubles(bytes, field, counts);
  });
  const size = Math.min(limits.length, counts.length);
  const isFilled = (bucket: number): boolean => counts[bucket]! > 0;
  const filled = Array.from({ length: size }, (_, bucket) => bucket).filter(isFilled);
  const [first = 0, last = -1] = [filled[0], filled.at(-1)];
  const buckets = new Float64Array(3 * (last - first + 1));
  for (let bucket = first; bucket <= last; bucket++) {
    const left = bucket === first ? least : limits[bucket - 1]!;
    const right = bucket === last ? greatest : limits[bucket]!;
    buckets.set([left, right, counts[bucket]!], 3 * (bucket - first));
  }
  return buckets;
}

/** The buckets of a tensor of TensorBoard's histogram plugin, [buckets, 3]: left, right and count; null of another. */
export function bucketsOfTensor(shape: number[], numbers: Float64Array): Float64Array | null {
  return shape.length === 2 && shape[1] === 3 && numbers.length === shape[0]! * 3 ? numbers : null;
}

/** float64, one by one or packed. */
function doubles(bytes: Buffer, field: Field, into: number[]): void {
  for (let at = field.start; at + 8 <= field.end; at += 8) into.push(bytes.readDoubleLE(at));
}
