import { byteToWeight } from '../../src/core/weightBytes';

/** A weight to six digits after the point, about what float32 holds; smaller ones by their power of ten. */
export function exactWeight(weight: number): string {
  return weight > 0 && weight < 1e-4 ? weight.toExponential(2) : weight.toFixed(6);
}

/** The weight that a byte stands for, for as long as the exact one is on its way. */
export function roughWeight(byte: number): string {
  return `≈ ${byteToWeight(byte).toFixed(2)}`;
}
