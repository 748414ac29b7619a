import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { exactDigits } from '../../src/core/curves';
import { histogramPicture, quantileOf } from '../../src/core/histogramPicture';
import type { Histograms } from '../../src/protocol/runs';
import { prepareCanvas } from '../shared/canvas';
import { colourScale, parseColour, pixelsOf } from '../shared/colourScale';
import { useTheme } from '../shared/theme';
import { useWidth } from '../shared/useSize';

/** Rows of values, and the height of the picture in CSS pixels. */
const [rows, height] = [60, 180];

/** How the values of a tag were distributed, over the steps at which that was written. */
export function HistogramFigure({ histograms }: { histograms: Histograms }): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [at, setAt] = useState(histograms.points.length - 1);
  const width = useWidth(frame);
  const theme = useTheme();
  const picture = useMemo(() => histogramPicture(histograms, rows), [histograms]);
  const pixels = useMemo(() => pixelsOf(colourScale(theme.kind, parseColour(theme.background))), [theme]);
  const count = histograms.points.length;
  const column = Math.min(at, count - 1);
  useLayoutEffect(() => {
    if (!picture || width === 0) return;
    const image = new ImageData(picture.columns, picture.rows);
    new Uint32Array(image.data.buffer).set(Array.from(picture.bytes, (byte) => pixels[byte]!));
    const source = document.createElement('canvas');
    [source.width, source.height] = [picture.columns, picture.rows];
    source.getContext('2d')!.putImageData(image, 0, 0);
    const context = prepareCanvas(canvas.current!, width, height);
    context.imageSmoothingEnabled = picture.columns > width;
    context.drawImage(source, 0, 0, width, height);
    context.strokeStyle = theme.focus;
    context.strokeRect((column / count) * width, 0.5, Math.max(1, width / count), height - 1);
  }, [picture, pixels, width, column, theme]);
  if (!picture) return <p class="faint">{l10n.t('{0} has no finite values.', histograms.tag)}</p>;
  const move = (place: number): void => setAt(Math.min(count - 1, Math.max(0, place)));
  const { step, buckets } = histograms.points[column]!;
  const value = (share: number): string => exactDigits(Number(quantileOf(buckets, share).toPrecision(5)));
  return (
    <figure class="histogram">
      <figcaption>
        <strong>{histograms.tag}</strong>{' '}
        <span role="status">
          {l10n.t(
            'Step {0}: least {1}, quarter {2}, median {3}, three quarters {4}, greatest {5}',
            step,
            value(0),
            value(0.25),
            value(0.5),
            value(0.75),
            value(1),
          )}
        </span>
      </figcaption>
      <div class="histogram-frame">
        <span class="faint">{exactDigits(Number(picture.greatest.toPrecision(4)))}</span>
        <span class="faint">{exactDigits(Number(picture.least.toPrecision(4)))}</span>
        <div
          ref={frame}
          role="application"
          tabIndex={0}
          aria-label={l10n.t(
            'Histograms of {0} over steps. Arrow keys move from step to step.',
            histograms.tag,
          )}
          onKeyDown={({ key }) => {
            const place = { ArrowLeft: column - 1, ArrowRight: column + 1, Home: 0, End: count - 1 }[key];
            if (place !== undefined) move(place);
          }}
          onMouseMove={({ offsetX }) => move(Math.floor((offsetX / width) * count))}
        >
          <canvas ref={canvas} aria-hidden="true" />
        </div>
      </div>
      <p class="faint">
        {l10n.t(
          '{0} histograms, from step {1} to {2}',
          count,
          histograms.points[0]!.step,
          histograms.points.at(-1)!.step,
        )}
      </p>
    </figure>
  );
}
