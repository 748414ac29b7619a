import type { JSX } from 'preact';

/** A formula in mathematical notation: what follows `_` is an index, up to the next sign. */
export function Formula({ text }: { text: string }): JSX.Element {
  // W_Q, x_0, M_ij, E_p: letters and digits after the underscore.
  const parts = text.split(/_(\p{L}+|\d+)/u);
  return (
    <span class="formula">{parts.map((part, at) => (at % 2 === 1 ? <sub key={at}>{part}</sub> : part))}</span>
  );
}
