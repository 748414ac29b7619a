import './inputFigure.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { byteToNumber, numberToByte } from '../../../src/core/signedBytes';
import type { EncodedToken } from '../../../src/protocol/encoding';
import type { InputPart, InputRole } from '../../../src/protocol/tensor';
import { prepareCanvas } from '../canvas';
import { divergingScale, gradient, parseColour, pixelsOf } from '../colourScale';
import { shortNumber } from '../heatStrip/cells';
import { imageOf, narrowed } from '../heatStrip/drawStrip';
import { useTheme } from '../theme';
import { targetOfKey } from '../tokenKeys';
import { breakLines, type Line } from '../tokenLines';
import { useWidth } from '../useSize';

interface InputFigureProps {
  /** What the model read. */
  tokens: EncodedToken[];
  /** What adds up, the sum last; each with a row for each token, or one for all. */
  parts: InputPart[];
  /** The token that is pointed at, here or elsewhere. */
  pointed: number | null;
  onPoint: (token: number | null) => void;
  /** Show the text of a token; with the keyboard there, too, where that is meant. */
  onReveal: (token: number, focus: boolean) => void;
}

/** CSS pixels: of a token's strips, of the names of the parts. */
const [stripWidth, stripHeight, labelWidth] = [76, 14, 116];
/** Of a strip, without the gap to the next one. */
const drawnWidth = stripWidth - 4;

/**
 * The input as BERT's paper draws it (Devlin et al. 2018, figure 2): tokens side by side, below each its embeddings and
 * their sum, all on one scale of colours, with their Euclidean norms. One tab stop; arrow keys walk over the tokens.
 */
export function InputFigure({ tokens, parts, pointed, onPoint, onReveal }: InputFigureProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const theme = useTheme();
  const [entered, setEntered] = useState(0);
  const colours = useMemo(() => divergingScale(theme.kind, parseColour(theme.background)), [theme]);
  const scale = Math.max(...parts.map(({ factor, picture }) => factor * picture.scale));
  const images = useMemo(() => parts.map((part) => imageOn(part, scale, colours)), [parts, scale, colours]);
  const lines = useMemo(
    () =>
      breakLines(
        tokens.map(() => stripWidth),
        Math.max(stripWidth, width - labelWidth),
        0,
        null,
      ),
    [tokens, width],
  );
  const tabStop = Math.min(pointed ?? entered, tokens.length - 1);
  const limit = shortNumber(scale);
  return (
    <div
      ref={frame}
      class="input-figure"
      onMouseOver={({ target }) => onPoint(tokenOf(target))}
      onMouseLeave={() => onPoint(null)}
      onFocusCapture={({ target }) => onPoint(tokenOf(target))}
      onBlurCapture={() => onPoint(null)}
      onClick={({ target }) => {
        const token = tokenOf(target);
        if (token !== null) onReveal(token, false);
      }}
      onKeyDown={(event) => {
        const token = tokenOf(event.target);
        if (token === null) return;
        if (event.key === 'Enter') {
          event.preventDefault();
          return onReveal(token, true);
        }
        const target = targetOfKey(event, token, lines);
        if (target === null) return;
        event.preventDefault();
        setEntered(target);
        frame.current?.querySelector<HTMLElement>(`button[data-token="${target}"]`)?.focus();
      }}
    >
      {width > 0 &&
        lines.map((line) => (
          <FigureLine key={line.start} {...{ line, tokens, parts, images, pointed, tabStop }} />
        ))}
      <div class="legend" role="img" aria-label={l10n.t('Colours of numbers from −{0} to {0}', limit)}>
        <span>−{limit}</span>
        <span class="gradient" style={{ background: gradient(colours, 1) }} />
        <span>{limit}</span>
      </div>
    </div>
  );
}

interface FigureLineProps {
  line: Line;
  tokens: EncodedToken[];
  parts: InputPart[];
  images: HTMLCanvasElement[];
  pointed: number | null;
  tabStop: number;
}

function FigureLine({ line, tokens, parts, images, pointed, tabStop }: FigureLineProps): JSX.Element {
  const indices = Array.from({ length: line.end - line.start }, (_, offset) => line.start + offset);
  const look = (index: number): string => (index === pointed ? 'pointed' : '');
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{l10n.t('Token')}</th>
          {indices.map((index) => (
            <th key={index} scope="col" class={look(index)}>
              <button type="button" data-token={index} tabIndex={index === tabStop ? 0 : -1} dir="auto">
                {tokens[index]!.token}
              </button>
            </th>
          ))}
        </tr>
      </thead>
      {parts.map(({ role, factor, picture }, part) => (
        <tbody key={role} class={role}>
          <tr>
            <th scope="row" rowSpan={2}>
              <span class="sign" aria-hidden="true">
                {role === 'embeddingSum' ? '=' : part > 0 ? '+' : ''}
              </span>
              {factor !== 1 && `${shortNumber(factor)} × `}
              {partName(role)}
            </th>
            <td colSpan={indices.length} class="strips">
              <Strips image={images[part]!} rows={picture.rows} line={line} />
            </td>
          </tr>
          <tr>
            {indices.map((index) => (
              <td key={index} data-token={index} class={look(index)}>
                {shortNorm(factor * (picture.norms[picture.rows === 1 ? 0 : index] ?? NaN))}
              </td>
            ))}
          </tr>
        </tbody>
      ))}
    </table>
  );
}

/** The vectors of a line's tokens, side by side. */
function Strips({ image, rows, line }: { image: HTMLCanvasElement; rows: number; line: Line }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  useLayoutEffect(() => {
    const count = line.end - line.start;
    const context = prepareCanvas(canvas.current!, count * stripWidth, stripHeight);
    context.imageSmoothingEnabled = false;
    context.strokeStyle = theme.faint;
    for (let offset = 0; offset < count; offset++) {
      const row = rows === 1 ? 0 : line.start + offset;
      const x = offset * stripWidth + 2;
      context.drawImage(image, 0, row, image.width, 1, x, 0, drawnWidth, stripHeight);
      context.strokeRect(x + 0.5, 0.5, drawnWidth - 1, stripHeight - 1);
    }
  }, [image, rows, line, theme]);
  return <canvas ref={canvas} aria-hidden="true" />;
}

/** A part's numbers as pixels on the scale of all parts, so that what is small beside the others looks small. */
function imageOn(
  { factor, picture }: InputPart,
  scale: number,
  colours: ReturnType<typeof divergingScale>,
): HTMLCanvasElement {
  const onScale = colours.map((_, byte) => {
    const value = byteToNumber(byte, factor * picture.scale);
    return colours[value === null ? 0 : numberToByte(value, scale)]!;
  });
  return narrowed(imageOf(picture, pixelsOf(onScale)), drawnWidth);
}

/** What a part is called in BERT's figure. */
export function partName(role: InputRole): string {
  switch (role) {
    case 'tokenEmbedding':
      return l10n.t('Token Embedding');
    case 'segmentEmbedding':
      return l10n.t('Segment Embedding');
    case 'positionEmbedding':
      return l10n.t('Position Embedding');
    case 'embeddingSum':
      return l10n.t('Input');
  }
}

function shortNorm(norm: number): string {
  return Number.isFinite(norm) ? String(Number(norm.toPrecision(3))) : '';
}

function tokenOf(target: EventTarget | null): number | null {
  const element = target instanceof Element ? target.closest<HTMLElement>('[data-token]') : null;
  return element ? Number(element.dataset['token']) : null;
}
