import './scoreColumns.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { numberToByte } from '../../src/core/signedBytes';
import type { HeadScores } from '../../src/protocol/attention';
import { divergingScale, parseColour, pixelsOf } from './colourScale';
import type { Theme } from './theme';

interface ScoreColumnsProps {
  scores: HeadScores;
  /** The token that attends. */
  query: string;
  /** The tokens that are attended to, as many as there are keys. */
  keys: string[];
  /** Whether a causal mask hides a key from the query. */
  isHidden: (key: number) => boolean;
  theme: Theme;
}

const listedAtFirst = 12;

/**
 * How a query comes to its weights: for each key its vector, the products of its elements with the query's, their
 * sum, the same scaled and masked, and the weight.
 */
export function ScoreColumns({ scores, query, keys, isHidden, theme }: ScoreColumnsProps): JSX.Element {
  const [all, setAll] = useState(false);
  const size = scores.query.length;
  const pixels = useMemo(() => pixelsOf(divergingScale(theme.kind, parseColour(theme.background))), [theme]);
  const elements = useMemo(() => productsOf(scores), [scores]);
  const [vectorScale, productScale] = useMemo(
    () => [largest(scores.query, scores.keys), largest(elements)],
    [scores, elements],
  );
  // A mask that hides nothing adds nothing.
  const isAdded = scores.added?.some((value) => value !== 0) ?? false;
  const strongest = useMemo(
    () => [...keys.keys()].sort((a, b) => scores.weights[b]! - scores.weights[a]!),
    [scores],
  );
  // In the order of the text: which keys show is told by their weights, not where.
  const shown = all ? [...keys.keys()] : strongest.slice(0, listedAtFirst).sort((a, b) => a - b);
  const vector = (values: Float32Array, scale: number): JSX.Element => (
    <Strip {...{ values, scale, pixels }} />
  );
  const partOf = (values: Float32Array, key: number): Float32Array =>
    values.subarray(key * size, (key + 1) * size);
  return (
    <div class="score-columns">
      <table>
        <caption>
          <span class="mono" dir="auto">
            q · {query}
          </span>
          {vector(scores.query, vectorScale)}
          <span class="legend">{l10n.t('colours from −{0} to {0}', vectorScale.toPrecision(3))}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col">{l10n.t('key')}</th>
            <th scope="col" title={l10n.t('Elements of the key’s vector')}>
              k
            </th>
            <th scope="col" title={l10n.t('Each element of the query times that of the key')}>
              q × k
            </th>
            <th scope="col" title={l10n.t('The sum of the products')}>
              q · k
            </th>
            <th scope="col" title={l10n.t('The sum, multiplied with the scale of the graph')}>
              × {scores.scale.toPrecision(3)}
            </th>
            {isAdded && (
              <th scope="col" title={l10n.t('The score with what a mask or positions add')}>
                {l10n.t('+ mask')}
              </th>
            )}
            <th scope="col">softmax</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((key) => (
            <tr key={key} class={isHidden(key) ? 'masked' : undefined}>
              <th scope="row" class="mono" dir="auto" title={l10n.t('position {0}', key)}>
                {keys[key]}
              </th>
              <td>{vector(partOf(scores.keys, key), vectorScale)}</td>
              <td>{vector(partOf(elements, key), productScale)}</td>
              <td class="number">{digits(scores.products[key]!)}</td>
              <td class="number">{digits(scores.products[key]! * scores.scale)}</td>
              {isAdded && <td class="number">{digits(scores.scores[key]!)}</td>}
              <td class="number weight-cell">
                <span class="bar" style={{ width: `${scores.weights[key]! * 100}%` }} />
                <span>{isHidden(key) ? l10n.t('masked') : scores.weights[key]!.toFixed(4)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {keys.length > listedAtFirst && (
        <button type="button" class="link" onClick={() => setAll(!all)}>
          {all ? l10n.t('Show the {0} strongest', listedAtFirst) : l10n.t('Show all {0}', keys.length)}
        </button>
      )}
    </div>
  );
}

interface StripProps {
  values: Float32Array;
  /** The number of the strongest colour. */
  scale: number;
  pixels: Uint32Array;
}

/** Numbers as cells in a row, one hue below zero and one above. */
function Strip({ values, scale, pixels }: StripProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const image = new ImageData(values.length, 1);
    const target = new Uint32Array(image.data.buffer);
    values.forEach((value, index) => (target[index] = pixels[numberToByte(value, scale)]!));
    canvas.current!.getContext('2d')!.putImageData(image, 0, 0);
  }, [values, scale, pixels]);
  return <canvas ref={canvas} class="vector" width={values.length} height={1} aria-hidden="true" />;
}

/** The products of the elements of the query and of each key, `[key][D]`. */
function productsOf({ query, keys }: HeadScores): Float32Array {
  return keys.map((value, at) => value * query[at % query.length]!);
}

function largest(...lists: Float32Array[]): number {
  let found = 0;
  for (const list of lists) for (const value of list) found = Math.max(found, Math.abs(value));
  return found;
}

/** Small enough for a column, masks of -3e38 too. */
function digits(value: number): string {
  if (value === -Infinity) return '\u2212\u221e';
  return Math.abs(value) < 1e4 ? value.toFixed(2) : value.toExponential(0);
}
