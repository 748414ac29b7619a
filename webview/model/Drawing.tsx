import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ArchitectureFacts } from '../../src/protocol/architecture';
import type { Block } from './blocks';
import { boxAfterKey, layoutOf, pathOf, type Box, type Edge, type Frame } from './layout';
import { stackName } from '../shared/roleNames';
import { blockLabel, blockText, sharedText } from './names';

interface DrawingProps {
  architecture: ArchitectureFacts;
  /** Name of the model. */
  model: string;
  fold: boolean;
  /** Whether a block is the one that is open. */
  isChosen: (block: Block) => boolean;
  onChoose: (block: Block) => void;
}

/** A Transformer as the papers draw it: every block a button. One tab stop; arrow keys go to the nearest block. */
export function Drawing({ architecture, model, fold, isChosen, onChoose }: DrawingProps): JSX.Element {
  const { width, height, boxes, edges, frames, titles } = useMemo(
    () => layoutOf(architecture, fold),
    [architecture, fold],
  );
  const svg = useRef<SVGSVGElement>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const chosen = boxes.findIndex(isChosen);
  useEffect(() => {
    svg.current?.querySelector(`[data-box="${chosen}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen, fold]);
  const tabStop = Math.min(focused ?? Math.max(chosen, 0), boxes.length - 1);

  const onKeyDown = (event: KeyboardEvent, at: number): void => {
    if (event.key === 'Enter' || event.key === ' ') onChoose(boxes[at]!);
    const next = boxAfterKey(event.key, boxes, at);
    if (next !== null) {
      setFocused(next);
      svg.current?.querySelector<SVGElement>(`[data-box="${next}"]`)?.focus();
    }
    if (next !== null || event.key === 'Enter' || event.key === ' ') event.preventDefault();
  };
  return (
    <svg
      ref={svg}
      class="drawing"
      width={width}
      height={height}
      role="group"
      aria-label={l10n.t('Architecture of {0}', model)}
    >
      {frames.map((frame) => (
        <LayerFrame key={`${frame.stack}.${frame.layers[0]}`} frame={frame} />
      ))}
      {titles.map(([x, y], stack) => (
        <text key={stack} class="title" x={x} y={y} aria-hidden="true">
          {stackName(architecture.stacks[stack]!.kind)}
        </text>
      ))}
      {edges.map((edge, at) => (
        <Arrow key={at} edge={edge} />
      ))}
      {frames.map((frame) => (
        <Caption key={`${frame.stack}.${frame.layers[0]}`} {...{ frame, architecture }} />
      ))}
      {boxes.map((box, at) => (
        <g
          key={at}
          class={`block ${kindOf(box)}`}
          data-box={at}
          role="button"
          tabIndex={at === tabStop ? 0 : -1}
          aria-label={blockLabel(box, architecture)}
          aria-pressed={at === chosen}
          onClick={() => {
            setFocused(at);
            onChoose(box);
          }}
          onFocus={() => setFocused(at)}
          onKeyDown={(event) => onKeyDown(event, at)}
        >
          <title>{blockLabel(box, architecture)}</title>
          <rect x={box.x} y={box.y} width={box.width} height={box.height} rx={6} />
          <BoxText box={box} architecture={architecture} />
        </g>
      ))}
    </svg>
  );
}

/** What colours a block: the papers colour by kind. */
function kindOf({ name }: Box): string {
  if (name.endsWith('Embedding') || name === 'embeddingProjection') return 'embedding';
  if (name.endsWith('Norm') || name.endsWith('Add') || name === 'embeddingSum') return 'norm';
  if (name === 'attention' || name === 'crossAttention') return 'attention';
  if (name === 'feedForward') return 'feed-forward';
  return name === 'lastHiddenState' ? 'state' : 'head';
}

/** The narrowest block whose texts stand side by side. */
const wide = 200;
const twoLines = 40;
const inset = 10;

function BoxText({ box, architecture }: { box: Box; architecture: ArchitectureFacts }): JSX.Element {
  const { name, short, detail, shape, parameters } = blockText(box, architecture);
  const { x, y, width, height } = box;
  const [left, right] = [x + inset, x + width - inset];
  if (width < wide) {
    const lines = height < twoLines ? [short] : [short, shape, parameters];
    const first = y + height / 2 - (lines.length - 1) * 8;
    return (
      <g aria-hidden="true" text-anchor="middle">
        {lines.map((line, at) => (
          <text key={at} class={at === 0 ? 'name' : 'faint'} x={x + width / 2} y={first + at * 16}>
            {line}
          </text>
        ))}
      </g>
    );
  }
  const isTwoLines = height >= twoLines;
  const first = y + (isTwoLines ? 14 : height / 2);
  const second = y + height - 14;
  return (
    <g aria-hidden="true">
      <text class="name" x={left} y={first}>
        {name}
      </text>
      <text class="faint" x={right} y={first} text-anchor="end">
        {isTwoLines ? parameters : [parameters || detail, shape].filter(Boolean).join(' · ')}
      </text>
      {isTwoLines && (
        <>
          <text class="faint" x={left} y={second}>
            {detail}
          </text>
          <text class="faint" x={right} y={second} text-anchor="end">
            {shape}
          </text>
        </>
      )}
    </g>
  );
}

function LayerFrame({ frame: { x, y, width, height, layers } }: { frame: Frame }): JSX.Element {
  return (
    <g class="frame" aria-hidden="true">
      <rect x={x} y={y} width={width} height={height} rx={12} />
      <text class="count" x={x - 8} y={y + 18} text-anchor="end">
        {layers.length > 1 ? `× ${layers.length}` : layers[0]}
      </text>
    </g>
  );
}

/** Which layers have the weights of this one, on top of the arrow that leaves it. */
function Caption({
  frame,
  architecture,
}: {
  frame: Frame;
  architecture: ArchitectureFacts;
}): JSX.Element | null {
  const { x, y, width, height } = frame;
  const shared = sharedText(frame, frame.stack, architecture);
  if (shared === null) return null;
  return (
    <text class="faint caption" x={x + width / 2} y={y + height - 13} text-anchor="middle" aria-hidden="true">
      {shared}
    </text>
  );
}

/** The shortest last part of an arrow that has a head. */
const leastHead = 9;

function Arrow({ edge: { kind, points } }: { edge: Edge }): JSX.Element {
  const [[fromX, fromY], [x, y]] = points.slice(-2) as [Edge['points'][0], Edge['points'][0]];
  const length = Math.hypot(x - fromX, y - fromY);
  const [alongX, alongY] = [(x - fromX) / length, (y - fromY) / length];
  const corner = (side: number): string =>
    `${x - 6 * alongX - side * 3.5 * alongY} ${y - 6 * alongY + side * 3.5 * alongX}`;
  return (
    <g class={`arrow ${kind}`} aria-hidden="true">
      <path d={pathOf(points)} />
      {length >= leastHead && <path class="head" d={`M${x} ${y}L${corner(1)}L${corner(-1)}Z`} />}
    </g>
  );
}
