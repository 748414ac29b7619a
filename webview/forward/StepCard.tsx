import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { ForwardStepResult } from '../../src/protocol/forward';
import type { ForwardViewResult, SourceRange } from '../../src/protocol/views';
import { TensorFigure } from '../shared/heatStrip/TensorFigure';
import { rangeOf } from '../shared/linking';
import { listedName } from '../shared/roleNames';
import { Check } from './Check';
import { Details } from './Details';
import { Experiments } from './Experiments';
import { explain } from './explanations';
import { ExportCard } from './ExportCard';
import { Formula } from './Formula';
import type { ForwardHost } from './ForwardView';
import { keysOf, rowsOf, type NumberedStep } from './path';
import { RowTable } from './RowTable';
import { useStep } from './useStep';

interface StepCardProps {
  step: NumberedStep;
  result: ForwardViewResult;
  isOpen: boolean;
  token: number;
  head: number;
  caret: number | null;
  host: ForwardHost;
  onOpen: () => void;
  /** Opens the card of another step. */
  onShow: (step: number) => void;
  onKey: (event: KeyboardEvent) => void;
  onToken: (token: number) => void;
}

/** A step of the forward pass: its name and formula, and when it is open its numbers. */
export function StepCard(props: StepCardProps): JSX.Element {
  const { step, isOpen, onOpen, onKey } = props;
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isOpen) card.current?.scrollIntoView({ block: 'nearest' });
  }, [isOpen]);
  const name = listedName(step.role);
  return (
    <article ref={card} class={isOpen ? 'card open' : 'card'} aria-label={name}>
      <h3>
        <button
          type="button"
          class="card-title"
          aria-expanded={isOpen}
          tabIndex={isOpen ? 0 : -1}
          onClick={onOpen}
          onKeyDown={onKey}
        >
          <span class="name">{name}</span>
          {step.formula !== null && <Formula text={step.formula} />}
        </button>
      </h3>
      {isOpen && <CardBody {...props} />}
    </article>
  );
}

function CardBody({ step, result, token, head, caret, host, onShow, onToken }: StepCardProps): JSX.Element {
  const { architecture, steps, trace } = result;
  const tokens = rowsOf(step, result);
  const keys = keysOf(step, result);
  const { result: shown, problem, isLoading } = useStep(host, trace, step.index, token);
  const point = (range: SourceRange | null): void =>
    void host.request('highlight', { ranges: range ? [range] : [] });
  const tensor = useMemo(() => shown && { ...result, ...shown, tokens }, [result, shown]);
  return (
    <div class="card-body" aria-busy={isLoading}>
      <p>{explain(step, architecture)}</p>
      {step.inputs.length > 0 && (
        <p class="from">
          {l10n.t('From:')}{' '}
          {step.inputs.map((input, at) => (
            <span key={input}>
              {at > 0 && ', '}
              <button type="button" class="link" onClick={() => onShow(input)}>
                {inputName(steps[input]!, step)}
              </button>
            </span>
          ))}
        </p>
      )}
      <button
        type="button"
        class="link"
        onClick={() => {
          const { role, stack, layer } = step;
          void host.request('openModel', { role, stack, layer });
        }}
      >
        {l10n.t('Show in the Model')}
      </button>
      {/(Scores|Probabilities)$/.test(step.role) && step.stack !== null && step.layer !== null && (
        <button
          type="button"
          class="link"
          onClick={() => {
            const { role, stack, layer } = step;
            const own = role.startsWith('cross') ? 'cross' : stack!;
            void host.request('openAttention', { stack: own, layer: layer!, head });
          }}
        >
          {l10n.t('Show in Attention')}
        </button>
      )}
      {problem !== null && (
        <div class="problem" role="alert">
          {problem}
        </div>
      )}
      {shown && tensor && (
        <>
          <Shapes step={step} shown={shown} />
          <Check check={shown.check} rows={shown.rows} head={shown.heads > 1 ? head : null} />
          <TensorFigure
            name={listedName(step.role)}
            role={step.role}
            tensor={tensor}
            keys={keys}
            caret={caret}
            onHighlight={point}
            onReveal={(range, focus) => {
              const row = tokens.findIndex(
                ({ start, sequence }) => start === range.start && sequence === range.sequence,
              );
              if (row >= 0) onToken(row);
              if (focus) void host.request('reveal', { range, focus });
            }}
          />
          <RowTable {...{ shown, step, tokens, keys, token, head }} />
          <ExportCard {...{ shown, step, tokens, keys, token, trace, host }} model={result.model} />
          {shown.details.map((details) => (
            <Details
              key={details.kind}
              {...{ details, token, head, tokens, keys }}
              onPoint={(at) => point(at === null ? null : rangeOf(tokens[at]))}
              onChoose={(at, focus) => {
                onToken(at);
                const range = rangeOf(tokens[at]);
                if (focus && range) void host.request('reveal', { range, focus });
              }}
            />
          ))}
          <Experiments {...{ step, result, shown, token, host }} />
        </>
      )}
    </div>
  );
}

/** An input, with its layer where that is another. */
function inputName(
  input: NumberedStep | ForwardViewResult['steps'][number],
  { layer, stack }: NumberedStep,
): string {
  const name = listedName(input.role);
  if (input.layer === null || (input.layer === layer && input.stack === stack)) return name;
  return l10n.t('layer {0}: {1}', input.layer, name);
}

/** Which sizes give which, and the weights by their names in the file. */
function Shapes({ step, shown }: { step: NumberedStep; shown: ForwardStepResult }): JSX.Element {
  const { inputShapes, shape } = shown;
  return (
    <dl class="shapes">
      <div>
        <dt>{l10n.t('Shape')}</dt>
        <dd>{[inputShapes.map(sizes).join(', '), sizes(shape)].filter((each) => each !== '').join(' → ')}</dd>
      </div>
      {step.weights.map(({ symbol, name, shape: own }) => (
        <div key={symbol}>
          <dt>
            <Formula text={symbol} /> {sizes(own)}
          </dt>
          <dd class="mono weight">{name}</dd>
        </div>
      ))}
    </dl>
  );
}

const sizes = (shape: readonly number[]): string => shape.join('\u00a0×\u00a0');
