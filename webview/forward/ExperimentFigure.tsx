import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { percent } from '../../src/core/percent';
import type {
  BatchNormResult,
  ForwardExperimentResult,
  GradientResult,
  LensResult,
  ShuffleResult,
} from '../../src/protocol/forward';
import { LinePlot } from '../shared/linePlot/LinePlot';
import { stateName } from './StreamFigure';

/** What came of an experiment. */
export function ExperimentFigure({ result }: { result: ForwardExperimentResult }): JSX.Element {
  switch (result.experiment) {
    case 'lens':
      return <Lens result={result} />;
    case 'shuffle':
      return <Shuffle result={result} />;
    case 'gradient':
      return <Gradient result={result} />;
    case 'batchNorm':
      return <BatchNorm result={result} />;
  }
}

function Lens({ result: { states } }: { result: LensResult }): JSX.Element {
  return (
    <>
      <h4>{l10n.t('The language-model head after each layer')}</h4>
      <div
        class="row-scroll"
        tabIndex={0}
        role="region"
        aria-label={l10n.t('The language-model head after each layer')}
      >
        <table class="numbers">
          <tbody>
            {states.map(({ layer, choices }) => (
              <tr key={layer}>
                <th scope="row">{stateName(layer)}</th>
                {choices.map(({ label, probability }, at) => (
                  <td key={at}>
                    <span class="mono" dir="auto">
                      {label}
                    </span>{' '}
                    {percent(probability)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="faint">
        {l10n.t(
          'The head was trained on the last layer alone: before it, this is a reading and not a prediction.',
        )}
      </p>
    </>
  );
}

function Shuffle({ result }: { result: ShuffleResult }): JSX.Element {
  const { tokens, withPositions, withoutPositions } = result;
  return (
    <>
      <h4>{l10n.t('The words in another order')}</h4>
      <p class="mono" dir="auto">
        {tokens.join(' ')}
      </p>
      <table class="numbers">
        <tbody>
          <tr>
            <th scope="row">{l10n.t('without positions')}</th>
            <td>{small(withoutPositions)}</td>
            <td class="words">
              {l10n.t('each token gets what it got before: the results merely change places')}
            </td>
          </tr>
          <tr>
            <th scope="row">{l10n.t('with positions')}</th>
            <td>{small(withPositions)}</td>
            <td class="words">{l10n.t('each token gets something else')}</td>
          </tr>
        </tbody>
      </table>
      <p class="faint">
        {l10n.t(
          'Largest difference between what the encoder gives a token in either order, over the largest number. The model ran four times.',
        )}
      </p>
    </>
  );
}

function Gradient({ result }: { result: GradientResult }): JSX.Element {
  const { withResidual, withoutResidual, recurrent, step, directions } = result;
  const logarithm = (values: Float32Array): Float32Array => values.map((value) => Math.log10(value));
  return (
    <>
      <LinePlot
        name={l10n.t('What is left of a small change after each sublayer (power of ten)')}
        across={l10n.t('sublayer')}
        first={1}
        lines={[
          { name: l10n.t('x + f(x): f′ + 1'), values: logarithm(withResidual) },
          { name: l10n.t('f(x) alone: f′'), values: logarithm(withoutResidual) },
          { name: l10n.t('a tanh network (illustration)'), values: logarithm(recurrent) },
        ]}
      />
      <p class="faint">
        {l10n.t(
          'Central differences at the states of this text, with a step of {0} of the state’s length, the geometric mean of {1} random directions; computed in float64 from the weights of the file. The norms are part of both.',
          String(step),
          directions,
        )}
      </p>
      <p class="faint illustration">
        {l10n.t(
          'The third line is no part of this model: a small recurrent network h′ = tanh(W·h + x) with random weights, unrolled over as many steps. Each step multiplies with another Jacobian, so that only near terms count.',
        )}
      </p>
    </>
  );
}

function BatchNorm({ result }: { result: BatchNormResult }): JSX.Element {
  const {
    lines,
    longest,
    features,
    sizes,
    meanStrays,
    deviationStrays,
    padding,
    paddingMoves,
    layerNormMoves,
  } = result;
  return (
    <>
      <h4>{l10n.t('Batch norm in this place')}</h4>
      <p>
        {l10n.t(
          'The batch: {0} lines, up to {1} tokens, {2} features. Layer norm takes its mean over the {2} features of one token. Batch norm takes one for each feature, over all tokens of all lines.',
          lines,
          longest,
          features,
        )}
      </p>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">{l10n.t('lines in the batch')}</th>
            {sizes.map((size) => (
              <th key={size} scope="col">
                {size}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{l10n.t('the mean of a feature strays by')}</th>
            {sizes.map((size, at) => (
              <td key={size}>{meanStrays[at]!.toFixed(2)}</td>
            ))}
          </tr>
          <tr>
            <th scope="row">{l10n.t('its standard deviation by')}</th>
            {sizes.map((size, at) => (
              <td key={size}>{deviationStrays[at]!.toFixed(2)}</td>
            ))}
          </tr>
        </tbody>
      </table>
      <p class="faint">
        {l10n.t(
          'In standard deviations of the feature, root mean square over features and drawn batches: the smaller the batch, the more the result of a text depends on its neighbours.',
        )}
      </p>
      <p>
        {l10n.t(
          'Padded to {0} tokens, {1} of all places are padding. That moves the means of batch norm by {2}; those of layer norm by {3}.',
          longest,
          percent(padding),
          paddingMoves.toFixed(2),
          small(layerNormMoves),
        )}
      </p>
    </>
  );
}

/** A number that may be very small. */
function small(value: number): string {
  if (value === 0) return '0';
  return value >= 0.01 ? value.toFixed(2) : value.toExponential(1).replace('-', '\u2212');
}
