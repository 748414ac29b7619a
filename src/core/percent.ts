/** A probability as people read it: one decimal, and small ones as smaller than the smallest shown. */
export function percent(probability: number): string {
  if (probability > 0 && probability < 0.0005) return '<0.1 %';
  return `${(probability * 100).toFixed(1)} %`;
}
