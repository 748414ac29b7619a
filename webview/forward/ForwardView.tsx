import './forward.css';
import * as l10n from '@vscode/l10n';
import { Fragment, type JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { ForwardContent, ForwardViewRequests, ForwardViewResult } from '../../src/protocol/views';
import type { Host } from '../shared/host';
import { GeneratedText } from '../shared/GeneratedText';
import { rangeOf, tokenAt } from '../shared/linking';
import { ModelButton } from '../shared/modelButton';
import { stackName } from '../shared/roleNames';
import type { ViewProps } from '../shared/startView';
import { WindowBar } from '../shared/windowBar';
import { BesideTransformer, SharedBlock } from './Blocks';
import { neighbour, openStep, pathOf, rowsOf, type NumberedStep, type PathPart } from './path';
import { placeFrom, type Place } from './place';
import { StepCard } from './StepCard';
import { Stepper } from './Stepper';
import { TokenChoice } from './TokenChoice';
import { WritingBar } from './WritingBar';

export type ForwardHost = Host<ForwardContent, ForwardViewRequests>;

/** The way of a text through the model: a card for each tensor, one of them open. */
export function ForwardView({
  content,
  caret,
  host,
}: ViewProps<ForwardViewResult, ForwardViewRequests>): JSX.Element {
  const { result, texts, source, stale } = content;
  const { tokens, target, steps, architecture, opened, writing } = result;
  const [place, setPlace] = useState<Place>(() => placeFrom(host.place));
  const change = (changes: Partial<Place>): void => setPlace((before) => ({ ...before, ...changes }));
  useEffect(() => host.keepPlace(place), [place]);
  useEffect(() => {
    if (!opened) return;
    const { role, stack, layer, token, head } = opened;
    setPlace((before) => ({
      ...before,
      ...{ role, stack, layer: layer ?? before.layer },
      ...{ token: token ?? before.token, head: head ?? before.head },
    }));
  }, [opened]);
  const followed = useRef('');
  useEffect(() => {
    if (!caret || stale) return;
    // Another pass over the same text is no move of the caret.
    const moved = JSON.stringify([caret, texts]);
    if (moved === followed.current) return;
    followed.current = moved;
    const isTarget = target !== null && caret.sequence === 1;
    const under = tokenAt(isTarget ? target : tokens, caret);
    if (under !== null) change(isTarget ? { target: under } : { token: under });
  }, [caret, tokens, target, stale]);

  const path = useMemo(() => pathOf(steps, architecture, place.layer), [steps, architecture, place.layer]);
  const open = openStep(path, place);
  const token = Math.min(place.token, tokens.length - 1);
  const written = Math.min(place.target, (target?.length ?? 1) - 1);
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
    else if (along) {
      const isTarget = target !== null && rowsOf(steps[index]!, result) === target;
      const within = (at: number, count: number): number => Math.min(Math.max(at, 0), count - 1);
      change(
        isTarget
          ? { target: within(written + along, target.length) }
          : { token: within(token + along, tokens.length) },
      );
    } else return;
    event.preventDefault();
  };

  const point = (each: EncodedToken | null): void => {
    const range = each && rangeOf(each);
    void host.request('highlight', { ranges: range ? [range] : [] });
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
        <div class="texts">
          <TokenChoice
            name={target ? l10n.t('Source') : l10n.t('Token')}
            {...{ tokens, token }}
            onChoose={(next) => change({ token: next })}
            onPoint={(next) => point(next === null ? null : tokens[next]!)}
          />
          {target && (
            <TokenChoice
              name={l10n.t('Target')}
              tokens={target}
              token={written}
              onChoose={(next) => change({ target: next })}
              onPoint={(next) => point(next === null ? null : target[next]!)}
            />
          )}
        </div>
        <Stepper
          name={l10n.t('Head {0}', head)}
          previous={l10n.t('Previous head')}
          next={l10n.t('Next head')}
          {...{ value: head, count: heads }}
          onChange={(next) => change({ head: next })}
        />
      </div>
      {writing && (
        <WritingBar
          writing={writing}
          onRead={(count) => {
            change(target ? { target: count - 1 } : { token: count - 1 });
            void host.request('readWritten', { written: count });
          }}
        />
      )}
      <GeneratedText
        result={result}
        onGenerate={(generates) => void host.request('generate', { generates })}
      />
      <p class="faint keys">{l10n.t('↑ ↓ step through the cards, ← → through the tokens.')}</p>
      <div ref={list} class="path">
        {path.map((part) => (
          <section key={`${part.kind} ${part.stack}`} class={`part ${part.kind}`}>
            <header class="part-title">
              <h2>{titleOf(part, architecture.stacks.length > 1)}</h2>
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
            <SharedBlock {...{ architecture, part }} onChoose={(layer) => change({ layer })} />
            {part.kind === 'input' && !result.lacksTarget && (
              <BesideTransformer architecture={architecture} />
            )}
            {part.steps.map((each, at) => (
              <Fragment key={`${each.role} ${each.stack}`}>
                {part.kind === 'layer' && sublayerName(each) !== sublayerName(part.steps[at - 1]) && (
                  <h3 class="sublayer">{sublayerName(each)}</h3>
                )}
                <StepCard
                  step={each}
                  isOpen={each.index === open?.index}
                  {...{ result, head, host }}
                  token={rowsOf(each, result) === target ? written : token}
                  caret={stale ? null : rowsOf(each, result) === target ? written : token}
                  onOpen={() => show(each)}
                  onShow={(index) => step({ ...steps[index]!, index })}
                  onKey={(event) => onKey(event, each.index)}
                  onToken={(next) =>
                    change(rowsOf(each, result) === target ? { target: next } : { token: next })
                  }
                />
              </Fragment>
            ))}
          </section>
        ))}
      </div>
    </>
  );
}

/** Which part of a layer a step is in. */
function sublayerName(step: NumberedStep | undefined): string {
  if (!step) return '';
  if (step.role.startsWith('crossAttention')) return l10n.t('Cross-Attention');
  if (step.role.startsWith('feedForward')) return l10n.t('Feed-Forward');
  return step.stack === 'decoder' ? l10n.t('Masked Multi-Head Attention') : l10n.t('Multi-Head Attention');
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
