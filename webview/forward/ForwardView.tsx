import './forward.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ArchitectureFacts } from '../../src/protocol/architecture';
import type { ForwardContent, ForwardViewRequests, ForwardViewResult } from '../../src/protocol/views';
import type { Host } from '../shared/host';
import { rangeOf, tokenAt } from '../shared/linking';
import { ModelButton } from '../shared/modelButton';
import { stackName } from '../shared/roleNames';
import type { ViewProps } from '../shared/startView';
import { WindowBar } from '../shared/windowBar';
import { neighbour, openStep, pathOf, type NumberedStep, type PathPart } from './path';
import { placeFrom, type Place } from './place';
import { StepCard } from './StepCard';
import { Stepper } from './Stepper';
import { TokenChoice } from './TokenChoice';

export type ForwardHost = Host<ForwardContent, ForwardViewRequests>;

/** The way of a text through the model: a card for each tensor, one of them open. */
export function ForwardView({
  content,
  caret,
  host,
}: ViewProps<ForwardViewResult, ForwardViewRequests>): JSX.Element {
  const { result, texts, source, stale } = content;
  const { tokens, steps, architecture, target } = result;
  const [place, setPlace] = useState<Place>(() => placeFrom(host.place));
  const change = (changes: Partial<Place>): void => setPlace((before) => ({ ...before, ...changes }));
  useEffect(() => host.keepPlace(place), [place]);
  useEffect(() => {
    if (!target) return;
    const { role, stack, layer, token, head } = target;
    setPlace((before) => ({
      ...{
        role,
        stack,
        layer: layer ?? before.layer,
        token: token ?? before.token,
        head: head ?? before.head,
      },
    }));
  }, [target]);
  useEffect(() => {
    const under = caret && !stale ? tokenAt(tokens, caret) : null;
    if (under !== null) change({ token: under });
  }, [caret, tokens, stale]);

  const path = useMemo(() => pathOf(steps, architecture, place.layer), [steps, architecture, place.layer]);
  const open = openStep(path, place);
  const token = Math.min(place.token, tokens.length - 1);
  const heads = architecture.stacks[0]?.layers[0]?.attention.heads ?? 1;
  const head = Math.min(place.head, heads - 1);
  const list = useRef<HTMLDivElement>(null);

  const show = ({ role, stack, layer }: NumberedStep): void =>
    change({ role, stack, ...(layer !== null && { layer }) });
  /** Opens another card and gives it the focus. */
  const step = (next: NumberedStep | undefined): void => {
    if (!next) return;
    show(next);
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>('[aria-expanded="true"]')?.focus());
  };
  const onKey = (event: KeyboardEvent, index: number): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key] as 1 | -1 | undefined;
    const along = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) step(neighbour(path, index, by));
    else if (along) change({ token: Math.min(Math.max(token + along, 0), tokens.length - 1) });
    else return;
    event.preventDefault();
  };

  return (
    <>
      <header class="summary">
        <ModelButton
          model={result.model}
          onClick={() => void host.request('act', { action: 'selectModel' })}
        />
        <span class="excerpt" dir="auto">
          {source}: {texts.join(' / ')}
        </span>
      </header>
      <WindowBar result={result} onRead={(index) => void host.request('readWindow', { index })} />
      <div class="choices">
        <TokenChoice
          {...{ tokens, token }}
          onChoose={(next) => change({ token: next })}
          onPoint={(next) => {
            const range = next === null ? null : rangeOf(tokens[next]);
            void host.request('highlight', { ranges: range ? [range] : [] });
          }}
        />
        <Stepper
          name={l10n.t('Head {0}', head)}
          previous={l10n.t('Previous head')}
          next={l10n.t('Next head')}
          {...{ value: head, count: heads }}
          onChange={(next) => change({ head: next })}
        />
      </div>
      <p class="faint keys">{l10n.t('↑ ↓ step through the cards, ← → through the tokens.')}</p>
      <div ref={list} class="path">
        {path.map((part) => (
          <section key={`${part.kind} ${part.stack}`} class={`part ${part.kind}`}>
            <header class="part-title">
              <h2>{titleOf(part, architecture.stacks.length > 1)}</h2>
              {part.layer !== null && <Shared {...{ architecture, part }} />}
              {part.layer !== null && (
                <Stepper
                  name={l10n.t('Layer {0} of {1}', part.layer, part.layers)}
                  previous={l10n.t('Previous layer')}
                  next={l10n.t('Next layer')}
                  {...{ value: part.layer, count: part.layers }}
                  onChange={(layer) => change({ layer })}
                />
              )}
            </header>
            {part.steps.map((each) => (
              <StepCard
                key={`${each.role} ${each.stack}`}
                step={each}
                isOpen={each.index === open?.index}
                {...{ result, token, head, host, caret: stale ? null : token }}
                onOpen={() => show(each)}
                onShow={(index) => step({ ...steps[index]!, index })}
                onKey={(event) => onKey(event, each.index)}
                onToken={(next) => change({ token: next })}
              />
            ))}
          </section>
        ))}
      </div>
    </>
  );
}

/** That a layer has no weights of its own, as in ALBERT, and how many times its block runs. */
function Shared({
  architecture,
  part,
}: {
  architecture: ArchitectureFacts;
  part: PathPart;
}): JSX.Element | null {
  const stack = architecture.stacks.findIndex(({ kind }) => kind === part.stack);
  const set = architecture.weights.find((each) => each.stack === stack && each.layers.includes(part.layer!));
  if (!set || set.layers.length < 2) return null;
  return (
    <span class="faint">
      {l10n.t('the same weights in layers {0}–{1}', set.layers[0]!, set.layers.at(-1)!)}
    </span>
  );
}

function titleOf({ kind, stack }: PathPart, isOneOfTwo: boolean): string {
  const name = isOneOfTwo && stack !== null ? `${stackName(stack)} · ` : '';
  switch (kind) {
    case 'input':
      return name + l10n.t('Input');
    case 'layer':
      return name + l10n.t('Layer');
    case 'result':
      return name + l10n.t('Result');
    case 'output':
      return l10n.t('Heads of the model');
  }
}
