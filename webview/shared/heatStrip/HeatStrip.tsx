import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { TensorResult } from '../../../src/protocol/tensor';
import type { Theme } from '../theme';
import { useWidth } from '../useSize';
import { cellAfterKey, type Cell } from './cells';
import { cellAt, drawStrip, stripLayout } from './drawStrip';

interface HeatStripProps {
  /** What the tensor is called. */
  name: string;
  tensor: TensorResult;
  pointed: Cell | null;
  /** The token that the editor's caret is in. */
  caret: number | null;
  /** Colours of the 256 bytes. */
  pixels: Uint32Array;
  theme: Theme;
  onPoint: (cell: Cell | null) => void;
  /** Show the text of a row; with the keyboard there, too, where that is meant. */
  onReveal: (row: number, focus: boolean) => void;
}

/** A tensor as a picture: a row for each token, its numbers from left to right, its norm as a bar. */
export function HeatStrip(props: HeatStripProps): JSX.Element {
  const { name, tensor, pointed, caret, pixels, theme, onPoint, onReveal } = props;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(frame);
  const layout = stripLayout(tensor, width, theme);
  useLayoutEffect(() => {
    if (width > 0) drawStrip(canvas.current!, { layout, tensor, pointed, caret, pixels, theme });
  }, [tensor, width, pointed?.row, pointed?.cell, caret, pixels, theme]);
  return (
    <div
      ref={frame}
      class="strip"
      role="application"
      tabIndex={0}
      aria-label={l10n.t('{0}: arrow keys move over the numbers, Enter goes to the text', name)}
      aria-describedby="number"
      onKeyDown={(event) => {
        const next = cellAfterKey(event.key, pointed ?? { row: 0, cell: -1 }, tensor);
        if (next) {
          onPoint(pointed ? next : { row: 0, cell: 0 });
          event.preventDefault();
        } else if (event.key === 'Enter' && pointed) onReveal(pointed.row, true);
        else if (event.key === 'Escape') onPoint(null);
      }}
      onBlur={() => onPoint(null)}
    >
      <canvas
        ref={canvas}
        aria-hidden="true"
        onMouseMove={({ offsetX, offsetY }) => onPoint(cellAt(layout, tensor, offsetX, offsetY))}
        onMouseLeave={() => onPoint(null)}
        onClick={({ offsetX, offsetY }) => {
          const cell = cellAt(layout, tensor, offsetX, offsetY);
          if (cell) onReveal(cell.row, false);
        }}
      />
    </div>
  );
}
