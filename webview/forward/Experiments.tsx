import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { toHeadlightError } from '../../src/core/errors';
import type {
  ForwardExperiment,
  ForwardExperimentResult,
  ForwardStep,
  ForwardStepResult,
} from '../../src/protocol/forward';
import type { ForwardViewResult } from '../../src/protocol/views';
import { Button } from '../shared/ui';
import { ExperimentFigure } from './ExperimentFigure';
import type { ForwardHost } from './ForwardView';
import type { NumberedStep } from './path';

interface ExperimentsProps {
  step: NumberedStep;
  result: ForwardViewResult;
  shown: ForwardStepResult;
  token: number;
  host: ForwardHost;
}

/** What can be tried out at a step: a button, and what came of it. */
export function Experiments({ step, result, shown, token, host }: ExperimentsProps): JSX.Element {
  return (
    <>
      {experimentsAt(step, shown, result.steps).map((experiment) => (
        <Experiment
          key={experiment}
          {...{ experiment, step: step.index, token, host }}
          trace={result.trace}
        />
      ))}
    </>
  );
}

function experimentsAt(
  { role, stack, formula }: ForwardStep,
  { details }: ForwardStepResult,
  steps: ForwardStep[],
): ForwardExperiment[] {
  const hasHead = steps.some(({ role }) => role === 'maskedWordLogits' || role === 'nextTokenLogits');
  const isLast = stack === steps.findLast((each) => each.stack !== null)?.stack;
  const hasCross = steps.some((each) => each.stack === stack && each.role.startsWith('cross'));
  const found: [ForwardExperiment, boolean][] = [
    ['shuffle', role === 'positionEmbedding' && stack === 'encoder'],
    ['gradient', role.endsWith('ResidualSum') && !hasCross],
    ['batchNorm', /Norm$/.test(role) && formula !== null],
    ['lens', details.some(({ kind }) => kind === 'stream') && hasHead && isLast],
  ];
  return found.flatMap(([experiment, isThere]) => (isThere ? [experiment] : []));
}

interface ExperimentProps {
  experiment: ForwardExperiment;
  trace: string;
  step: number;
  token: number;
  host: ForwardHost;
}

type State = { result: ForwardExperimentResult } | { problem: string } | 'running' | null;

function Experiment({ experiment, trace, step, token, host }: ExperimentProps): JSX.Element {
  const [state, setState] = useState<State>(null);
  // Of another run, step or token nothing is known yet.
  useEffect(() => setState(null), [trace, step, experiment === 'lens' ? token : null]);
  const run = (): void => {
    setState('running');
    host.request('experiment', { trace, experiment, step, token }).then(
      (result) => setState({ result }),
      (thrown: unknown) => setState({ problem: toHeadlightError(thrown).message }),
    );
  };
  return (
    <section class="experiment" aria-busy={state === 'running'}>
      {state !== null && state !== 'running' && 'result' in state ? (
        <ExperimentFigure result={state.result} />
      ) : (
        <>
          <p>{invitation(experiment)}</p>
          <Button secondary onClick={run}>
            {state === 'running' ? l10n.t('Running…') : l10n.t('Try It')}
          </Button>
        </>
      )}
      {state !== null && state !== 'running' && 'problem' in state && (
        <p class="problem" role="alert">
          {state.problem}
        </p>
      )}
    </section>
  );
}

function invitation(experiment: ForwardExperiment): string {
  switch (experiment) {
    case 'shuffle':
      return l10n.t('Shuffle the words, and run the model with its positions and without them.');
    case 'gradient':
      return l10n.t('How much of a gradient comes through the layers, with x + f(x) and with f(x) alone?');
    case 'batchNorm':
      return l10n.t(
        'What would batch norm take as mean and variance here, with the lines of the text as its batch?',
      );
    case 'lens':
      return l10n.t('What would the language-model head say after each layer?');
  }
}
