import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { oneHead } from '../../src/core/attention/units';
import type {
  AttentionEdges,
  AttentionWeightsQuestion,
  HeadIndex,
  MatrixQuestion,
  StackShape,
} from '../../src/protocol/attention';
import type { Rgb } from '../shared/colourScale';
import type { Theme } from '../shared/theme';
import { IconButton, Tabs } from '../shared/ui';
import { Attended } from './Attended';
import { isMasked, type Axes, type AxisEntry } from './axes';
import { ExportMenu } from './ExportMenu';
import { HeadLines } from './HeadLines';
import { HeadMatrix } from './HeadMatrix';
import { HeadText } from './HeadText';
import { headNumber } from './headNames';
import {
  cellWithin,
  highestZoom,
  isSameHead,
  mostOverlaid,
  type Cell,
  type Picture,
  type Place,
} from './place';
import { useAnswers, type AttentionHost, type LoadedAttention } from './useAttention';
import { Measures, Scores } from './HeadNumbers';
import { WeightLine } from './WeightLine';

interface HeadPaneProps {
  /** It stands beside another that has the controls. */
  isCompared?: boolean;
  host: AttentionHost;
  loaded: LoadedAttention;
  axes: Axes;
  place: Place & StackShape;
  hovered: Partial<Cell> | null;
  caret: { query: number | null; key: number | null };
  scale: Rgb[];
  pixels: Uint32Array;
  theme: Theme;
  onPoint: (pointed: Partial<Cell> | null) => void;
  onPlace: (change: Partial<Place>) => void;
  onReveal: (pointed: Partial<Cell>, focus: boolean) => void;
}

/** More than these are no picture. */
const mostEdges = 2000;

const noEdges: AttentionEdges = {
  queries: new Uint32Array(),
  keys: new Uint32Array(),
  weights: new Float32Array(),
};

/** One head, or several put together, as a matrix, as lines or as coloured text, with exact numbers beside it. */
export function HeadPane(props: HeadPaneProps): JSX.Element {
  const { host, loaded, axes, place, hovered, caret, scale, pixels, theme, onPoint, onPlace, onReveal } =
    props;
  const { isCompared = false } = props;
  const status = isCompared ? 'weight-compared' : 'weight';
  const { question, title, matrix } = loaded;
  const { picture } = place;
  const within = (cell: Partial<Cell> | null): Partial<Cell> | null =>
    cellWithin(cell, axes.queries.length, axes.keys.length);
  const pointed = within(hovered) ?? within(place.cell);
  const focus = focusOf(pointed, place, caret);
  const overlaid = picture === 'lines' ? place.overlaid : [];
  const drawn = useDrawn(question, overlaid, place);
  const parts = useAnswers(host, 'attentionWeights', focus ? drawn.map((each) => partOf(each, focus)) : []);
  const weights = parts[0] ?? null;
  const edges = useAnswers(
    host,
    'attentionEdges',
    picture === 'lines' ? drawn.map((each) => ({ ...each, count: mostEdges })) : [],
  );
  const isCausal = question.stack === 'decoder';
  const [entries, others] =
    focus?.query === undefined ? [axes.keys, axes.queries] : [axes.queries, axes.keys];
  const at = focus ? (focus.query ?? focus.key)! : null;
  const shared = { status, axes, isCausal, pointed, caret, place, theme, onPoint, onPlace, onReveal };
  const label = l10n.t('{0}: arrow keys move over the weights, + and − zoom, Enter goes to the text', title);
  return (
    <section aria-label={title}>
      <header class="head-title">
        <h2>{title}</h2>
        {picture === 'matrix' && !isCompared && <ZoomButtons place={place} onPlace={onPlace} />}
      </header>
      {!isCompared && (
        <Tabs<Picture>
          label={l10n.t('Picture')}
          value={picture}
          choices={[
            { value: 'matrix', label: l10n.t('Matrix') },
            { value: 'lines', label: l10n.t('Lines') },
            { value: 'text', label: l10n.t('Text') },
          ]}
          onChange={(next) => onPlace({ picture: next })}
        />
      )}
      <WeightLine id={status} {...{ axes, picture, pointed, isCausal, weights }} bytes={matrix.bytes} />
      {picture === 'matrix' && (
        <HeadMatrix {...shared} label={label} weights={matrix} arrived={loaded.arrived} pixels={pixels} />
      )}
      {picture === 'lines' && (
        <>
          {!isCompared && <Overlaid place={place} colours={theme.charts} onPlace={onPlace} />}
          <HeadLines
            {...shared}
            label={l10n.t('{0}: arrow keys move over the tokens, Enter goes to the text', title)}
            edges={edges.map((each) => each ?? noEdges)}
            parts={parts}
            colours={theme.charts}
          />
        </>
      )}
      {picture === 'text' && (
        <HeadText
          {...shared}
          label={l10n.t('{0}: arrow keys move over the tokens, Enter goes to the text', title)}
          texts={loaded.texts}
          isCross={question.stack === 'cross'}
          pointed={at}
          caret={place.direction === 'from' ? caret.query : caret.key}
          weights={weights}
          scale={scale}
        />
      )}
      {focus && at !== null && entries[at] && (
        <Attended
          entry={entries[at]}
          position={at}
          direction={focus.query === undefined ? 'to' : 'from'}
          {...{ others, weights }}
          isHidden={(other) => {
            const [query, key] =
              focus.query === undefined ? [others[other]!, entries[at]!] : [entries[at]!, others[other]!];
            return isCausal && isMasked(query, key);
          }}
          onPoint={(other) => onPoint(other === null ? null : otherEnd(focus, other))}
          onReveal={(other) => onReveal(focus.query === undefined ? { query: other } : { key: other }, false)}
        />
      )}
      {!isCompared && (
        <>
          <MaskButton
            {...{ host, loaded }}
            entry={entryOf(axes, focusOf(within(place.cell), place, caret))}
          />
          <Scores {...{ host, question, axes, theme, place, onPlace }} query={focus?.query ?? null} />
          <Measures {...{ host, question, place, onPlace }} />
          <ExportMenu
            {...{ host, loaded, axes, place, pixels, theme }}
            edges={edges.map((each) => each ?? noEdges)}
          />
        </>
      )}
    </section>
  );
}

/** Compares with the text without a word of it; nothing for a token that is no word of what an encoder reads. */
function MaskButton({
  host,
  loaded: { result, texts },
  entry,
}: Pick<HeadPaneProps, 'host' | 'loaded'> & { entry: AxisEntry | undefined }): JSX.Element | null {
  const word = entry?.range;
  if (!word || !result.canMask || (result.target && word.sequence === 1)) return null;
  return (
    <button
      type="button"
      class="link"
      onClick={() => void host.request('compareWith', { what: { kind: 'masked', word, texts } })}
    >
      {l10n.t('Compare with “{0}” masked', texts[word.sequence]!.slice(word.start, word.end))}
    </button>
  );
}

function entryOf(axes: Axes, focus: Partial<Cell> | null): AxisEntry | undefined {
  return axes.queries[focus?.query ?? -1] ?? axes.keys[focus?.key ?? -1];
}

/** What the exact weights are wanted of: one side of what is pointed at, or the token at the caret. */
function focusOf(
  pointed: Partial<Cell> | null,
  { picture, direction, cell }: Place,
  caret: { query: number | null; key: number | null },
): Partial<Cell> | null {
  const wantsKey = picture === 'text' && direction === 'to';
  const query = pointed?.query ?? (pointed?.key === undefined ? cell?.query : undefined) ?? null;
  if (!wantsKey && query !== null) return { query };
  if (pointed?.key !== undefined && (wantsKey || picture !== 'text')) return { key: pointed.key };
  if (wantsKey) return caret.key === null ? null : { key: caret.key };
  return caret.query === null ? null : { query: caret.query };
}

/** The open weights, and each head that is laid over them. */
function useDrawn(question: MatrixQuestion, overlaid: HeadIndex[], place: Place): MatrixQuestion[] {
  const others = overlaid.filter((each) => place.reduction !== 'head' || !isSameHead(each, place));
  const name = JSON.stringify([question, others]);
  return useMemo(() => [question, ...others.map((each) => ({ ...question, source: oneHead(each) }))], [name]);
}

function partOf(question: MatrixQuestion, { query, key }: Partial<Cell>): AttentionWeightsQuestion {
  return query === undefined ? { ...question, key } : { ...question, query };
}

function otherEnd(focus: Partial<Cell>, other: number): Cell {
  return focus.query === undefined ? { query: other, key: focus.key! } : { query: focus.query, key: other };
}

function ZoomButtons({ place, onPlace }: Pick<HeadPaneProps, 'place' | 'onPlace'>): JSX.Element {
  return (
    <>
      <IconButton
        label={l10n.t('Zoom out')}
        disabled={place.zoom <= 1}
        onClick={() => onPlace({ zoom: Math.max(1, place.zoom / 1.5) })}
      >
        −
      </IconButton>
      <IconButton
        label={l10n.t('Zoom in')}
        disabled={place.zoom >= highestZoom}
        onClick={() => onPlace({ zoom: Math.min(highestZoom, place.zoom * 1.5) })}
      >
        +
      </IconButton>
    </>
  );
}

interface OverlaidProps extends Pick<HeadPaneProps, 'place' | 'onPlace'> {
  colours: string[];
}

/** Which heads' lines are laid over each other, and the way to add and take them. */
function Overlaid({ place, colours, onPlace }: OverlaidProps): JSX.Element {
  const { overlaid, reduction } = place;
  const open = { layer: place.layer, head: place.head };
  const others = overlaid.filter((each) => reduction !== 'head' || !isSameHead(each, open));
  const isKept = overlaid.some((each) => isSameHead(each, open));
  return (
    <div class="overlaid-heads">
      {others.length > 0 && reduction === 'head' && <Swatch colour={colours[0]!} name={headNumber(open)} />}
      {others.map((each, index) => (
        <span key={headNumber(each)}>
          <Swatch colour={colours[index + 1]!} name={headNumber(each)} />
          <IconButton
            label={l10n.t('Take {0} away', headNumber(each))}
            onClick={() => onPlace({ overlaid: overlaid.filter((other) => !isSameHead(other, each)) })}
          >
            ×
          </IconButton>
        </span>
      ))}
      {!isKept && overlaid.length < mostOverlaid && (
        <button
          type="button"
          class="link"
          title={l10n.t('Then open another head. Ctrl and a click in the atlas lays a head over this one.')}
          onClick={() => onPlace({ overlaid: [...overlaid, open] })}
        >
          {l10n.t('Keep {0} to compare', headNumber(open))}
        </button>
      )}
    </div>
  );
}

function Swatch({ colour, name }: { colour: string; name: string }): JSX.Element {
  return (
    <>
      <span class="swatch" style={{ background: colour }} aria-hidden="true" />
      {name}
    </>
  );
}
