import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { isMasked, type Axes } from './axes';
import type { Cell, Picture } from './place';
import { exactWeight, roughWeight } from './weights';

interface WeightLineProps {
  /** By which pictures say what they are described by. */
  id: string;
  axes: Axes;
  picture: Picture;
  pointed: Partial<Cell> | null;
  isCausal: boolean;
  /** Exact weights from the pointed query to all keys; null while they are on their way. */
  weights: Float32Array | null;
  /** The weights that are drawn, `[query][key]`. */
  bytes: Uint8Array;
}

/** What is pointed at in words, with its weight; the exact number as soon as it is there. */
export function WeightLine(props: WeightLineProps): JSX.Element {
  return (
    <p class="weight" id={props.id} role="status">
      {contentOf(props)}
    </p>
  );
}

function contentOf({
  axes,
  picture,
  pointed,
  isCausal,
  weights,
  bytes,
}: WeightLineProps): JSX.Element | string {
  const { query, key } = pointed ?? {};
  if (query === undefined || key === undefined) {
    const index = query ?? key;
    if (index === undefined) {
      return picture === 'matrix'
        ? l10n.t('Point at a cell for its exact weight.')
        : l10n.t('Point at a token for its exact weights.');
    }
    const { label } = (query === undefined ? axes.keys : axes.queries)[index]!;
    return l10n.t('“{0}”, position {1}', label, index);
  }
  const [from, to] = [axes.queries[query]!, axes.keys[key]!];
  const isHidden = isCausal && isMasked(from, to);
  const exact = weights?.length === axes.keys.length ? weights[key]! : null;
  const weight =
    exact === null ? roughWeight(bytes[query * axes.keys.length + key] ?? 0) : exactWeight(exact);
  return (
    <>
      <span class="mono">
        <bdi>{from.label}</bdi> → <bdi>{to.label}</bdi>
      </span>
      <strong>{isHidden ? l10n.t('hidden by the causal mask') : weight}</strong>
    </>
  );
}
