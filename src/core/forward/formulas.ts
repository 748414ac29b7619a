import type { Activation } from '../../protocol/architecture';

/** Activations as papers write them. */
export const activationNames: Record<Activation, string> = {
  gelu: 'GELU',
  geluTanh: 'GELU',
  quickGelu: 'QuickGELU',
  silu: 'SiLU',
  relu: 'ReLU',
  reluSquared: 'ReLU²',
  tanh: 'tanh',
  sigmoid: 'σ',
  none: 'id',
  unknown: 'f',
};

export const layerNormFormula = (x: string): string => `γ · (${x} − μ) / √(σ² + ε) + β`;
export const rmsNormFormula = (x: string): string => `γ · ${x} / √(mean(${x}²) + ε)`;
export const sinusoidFormula = 'PE(p, 2i) = sin(p / 10000^(2i/d)), PE(p, 2i+1) = cos(p / 10000^(2i/d))';

/** A factor as a formula has it: √160 for the root of a whole number, else a decimal. */
export function factorText(factor: number): string {
  const square = Math.round(factor ** 2);
  if (square > 1 && Math.abs(factor - Math.sqrt(square)) < 1e-5) {
    const root = Math.round(factor);
    return root * root === square ? String(root) : `√${square}`;
  }
  return String(Number(factor.toPrecision(4)));
}
