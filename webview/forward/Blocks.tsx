import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { ArchitectureFacts, StackFacts, TableFacts } from '../../src/protocol/architecture';
import { activationName, positionsName } from '../shared/architectureNames';
import type { PathPart } from './path';

interface SharedBlockProps {
  architecture: ArchitectureFacts;
  part: PathPart;
  onChoose: (layer: number) => void;
}

/** A block whose weights several layers use, as in ALBERT (Lan et al. 2019, section 3.1): drawn once, with its runs. */
export function SharedBlock({ architecture, part, onChoose }: SharedBlockProps): JSX.Element | null {
  const stack = architecture.stacks.findIndex(({ kind }) => kind === part.stack);
  const sets = architecture.weights.filter(
    (each) => each.stack === stack && part.layer !== null && each.layers.includes(part.layer),
  );
  const runs = sets[0]?.layers ?? [];
  // Layers may share a part of their weights only.
  if (runs.length < 2 || sets.some(({ layers }) => layers.join() !== runs.join())) return null;
  const { lang } = document.documentElement;
  const parameters = sets.reduce((sum, each) => sum + each.parameters, 0);
  return (
    <div class="shared-block">
      <div class="runs" role="group" aria-label={l10n.t('Runs of the block')}>
        {runs.map((layer, at) => (
          <button
            key={layer}
            type="button"
            class="run"
            aria-pressed={layer === part.layer}
            aria-label={l10n.t('Run {0}: layer {1}', at + 1, layer)}
            onClick={() => onChoose(layer)}
          >
            {at + 1}
          </button>
        ))}
      </div>
      <p class="faint">
        {l10n.t(
          'One block that runs {0} times: {1} parameters, counted once; with weights of their own the layers would have {2}.',
          runs.length,
          parameters.toLocaleString(lang),
          (parameters * runs.length).toLocaleString(lang),
        )}
      </p>
    </div>
  );
}

/** What an encoder by itself has of the Transformer of the paper (Vaswani et al. 2017), and what it has not. */
export function BesideTransformer({ architecture }: { architecture: ArchitectureFacts }): JSX.Element | null {
  const [encoder, other] = architecture.stacks;
  if (encoder?.kind !== 'encoder' || other) return null;
  return (
    <details class="beside-transformer">
      <summary>{l10n.t('BERT beside the Transformer')}</summary>
      <p>
        {l10n.t(
          'BERT is the encoder stack alone. There is no decoder, so nothing is masked from a token and nothing is written word by word: each token reads both sides, and a head makes its guess from the last hidden state.',
        )}
      </p>
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">{l10n.t('This model')}</th>
            <th scope="col">{l10n.t('Transformer (Vaswani et al. 2017)')}</th>
          </tr>
        </thead>
        <tbody>
          {comparison(encoder).map(([name, own, paper]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{own}</td>
              <td>{paper}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function comparison({ layers, embeddings, hiddenSize }: StackFacts): [string, string, string][] {
  const { heads } = layers[0]?.attention ?? { heads: null };
  const { innerSize, activation } = layers[0]?.feedForward ?? { innerSize: null, activation: 'unknown' };
  const size = (value: number | null): string => (value === null ? '–' : String(value));
  return [
    [l10n.t('Encoder layers'), String(layers.length), '6'],
    [l10n.t('Decoder layers'), l10n.t('none'), '6'],
    [l10n.t('Hidden size'), size(hiddenSize), '512'],
    [l10n.t('Heads'), size(heads), '8'],
    [l10n.t('Hidden units'), size(innerSize), '2048'],
    [
      l10n.t('Activation'),
      activation === 'unknown' ? '–' : activationName(activation),
      activationName('relu'),
    ],
    [
      l10n.t('Positions'),
      embeddings.positions.map(positionsName).join(', ') || '–',
      positionsName('sinusoidal'),
    ],
    [l10n.t('Segments'), segmentsOf(embeddings.segment), l10n.t('none')],
  ];
}

function segmentsOf(table: TableFacts | null): string {
  return table === null ? l10n.t('none') : String(table.rows ?? '–');
}
