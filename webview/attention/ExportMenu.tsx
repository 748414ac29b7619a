import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { matrixCsv } from '../../src/core/csv';
import { npyOf } from '../../src/core/npy';
import type { AttentionEdges, StackShape } from '../../src/protocol/attention';
import type { ExportFormat } from '../../src/protocol/views';
import type { Theme } from '../shared/theme';
import type { Axes } from './axes';
import { headNumber } from './headNames';
import { linesOf, readableWeight } from './lines';
import { pictureOf } from './pictures';
import type { Place } from './place';
import { linesSvg, matrixSvg } from './svg';
import type { AttentionHost, LoadedAttention } from './useAttention';

interface ExportMenuProps {
  host: AttentionHost;
  loaded: LoadedAttention;
  axes: Axes;
  place: Place & StackShape;
  /** What is drawn as lines. */
  edges: AttentionEdges[];
  pixels: Uint32Array;
  theme: Theme;
}

/** Takes what is shown out of the view: as a picture, as numbers, as text. */
export function ExportMenu(props: ExportMenuProps): JSX.Element {
  const { host, loaded, axes, place } = props;
  const { trace, stack } = loaded.question;
  const { model } = loaded.result;
  const base = `${model}-${stack}-${place.reduction === 'head' ? headNumber(place) : place.reduction}`;
  const save = async (extension: string, content: Promise<Uint8Array | string>): Promise<void> => {
    const made = await content;
    const bytes = typeof made === 'string' ? new TextEncoder().encode(made) : made;
    await host.request('save', { name: `${base}.${extension}`, bytes });
  };
  const weights = (): Promise<Float32Array> => host.request('attentionWeights', loaded.question);
  const size = [axes.queries.length, axes.keys.length];
  const labels = (entries: Axes['keys']): string[] => entries.map(({ label }) => label);
  const isPicture = place.picture !== 'text';
  const ways: Record<ExportFormat, () => Promise<unknown>> = {
    png: () => save('png', pngOf()),
    svg: () => save('svg', Promise.resolve(svgOf(props))),
    csv: () =>
      save(
        'csv',
        weights().then((values) => matrixCsv(values, labels(axes.queries), labels(axes.keys))),
      ),
    npy: () =>
      save(
        'npy',
        weights().then((values) => npyOf(values, size)),
      ),
    everyHead: () => host.request('saveAll', { trace, stack, name: `${model}-${stack}.npy` }),
    link: () => host.request('copyLink', { stack, layer: place.layer, head: place.head }),
  };
  const names: [ExportFormat, string][] = [
    ...(isPicture
      ? ([
          ['png', l10n.t('Picture as PNG')],
          ['svg', l10n.t('Picture as SVG')],
        ] as [ExportFormat, string][])
      : []),
    ['csv', l10n.t('Weights as CSV')],
    ['npy', l10n.t('Weights as NPY')],
    ['everyHead', l10n.t('All heads as NPY')],
    ['link', l10n.t('Copy Link to Head {0}', headNumber(place))],
  ];
  const [isRefused, setRefused] = useState(false);
  useEffect(() =>
    host.on('exportAs', ({ format }) => {
      const isThere = names.some(([name]) => name === format);
      setRefused(!isThere);
      if (isThere) void ways[format]();
    }),
  );
  return (
    <>
      {isRefused && !isPicture && (
        <div class="problem" role="alert">
          {l10n.t('The text cannot be saved as a picture. Choose Matrix or Lines first.')}
        </div>
      )}
      <details class="export">
        <summary>{l10n.t('Export')}</summary>
        <div class="controls">
          {names.map(([format, name]) => (
            <button key={format} type="button" class="link" onClick={() => void ways[format]()}>
              {name}
            </button>
          ))}
        </div>
      </details>
    </>
  );
}

/** The picture on show as it is drawn. */
async function pngOf(): Promise<Uint8Array> {
  const canvas = document.querySelector<HTMLCanvasElement>('.matrix canvas, .lines canvas');
  const blob = await new Promise<Blob | null>((resolve) => (canvas ? canvas.toBlob(resolve) : resolve(null)));
  return blob ? new Uint8Array(await blob.arrayBuffer()) : new Uint8Array();
}

function svgOf({ loaded, axes, place, edges, pixels, theme }: ExportMenuProps): string {
  if (place.picture === 'lines') {
    const rows = Math.max(axes.queries.length, axes.keys.length);
    return linesSvg(axes, linesOf(edges, place.least ?? readableWeight(edges, rows)), theme.charts, theme);
  }
  return matrixSvg(axes, pictureOf(loaded.matrix, Infinity, pixels).toDataURL(), theme);
}
