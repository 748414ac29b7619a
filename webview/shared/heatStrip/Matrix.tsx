import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { TensorPicture } from '../../../src/protocol/tensor';
import { prepareCanvas } from '../canvas';
import { divergingScale, parseColour, pixelsOf } from '../colourScale';
import { useTheme } from '../theme';
import { useWidth } from '../useSize';
import { imageOf } from './drawStrip';

/** A matrix as a picture alone, a row below the other. */
export function Matrix({ name, picture }: { name: string; picture: TensorPicture }): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(frame);
  const theme = useTheme();
  const pixels = useMemo(() => pixelsOf(divergingScale(theme.kind, parseColour(theme.background))), [theme]);
  const height = Math.min(256, picture.rows * 3);
  useLayoutEffect(() => {
    if (width === 0) return;
    const context = prepareCanvas(canvas.current!, width, height);
    context.imageSmoothingEnabled = picture.cells > width || picture.rows > height;
    context.drawImage(imageOf(picture, pixels), 0, 0, width, height);
  }, [picture, pixels, width, height]);
  return (
    <div ref={frame} class="matrix">
      <canvas ref={canvas} role="img" aria-label={name} />
    </div>
  );
}
