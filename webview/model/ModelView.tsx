import './model.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ModelFacts, RoleFacts } from '../../src/protocol/models';
import type { ModelContent, ModelViewRequests, ModelViewResult } from '../../src/protocol/views';
import type { Host } from '../shared/host';
import { tokenAt } from '../shared/linking';
import type { ViewProps } from '../shared/startView';
import { Button } from '../shared/ui';
import { WindowBar } from '../shared/windowBar';
import { BlockPane } from './BlockPane';
import { blockOf, choiceOf, inLayer, type Block, type Choice } from './blocks';
import { Drawing } from './Drawing';
import { ModelHeader } from './ModelHeader';
import { roleName } from '../shared/roleNames';
import { placeFrom, type Place } from './place';
import { RoleList } from './RoleList';
import { TensorFigure } from '../shared/heatStrip/TensorFigure';
import { useTensor } from './useTensor';

export type ModelHost = Host<ModelContent, ModelViewRequests>;

/** A model as the papers draw it: blocks that open the tensors of the current text, and what the file can show. */
export function ModelView({
  content,
  caret,
  host,
}: ViewProps<ModelViewResult, ModelViewRequests>): JSX.Element {
  const [place, setPlace] = useState<Place>(() => placeFrom(host.place));
  const change = (changes: Partial<Place>): void => setPlace((before) => ({ ...before, ...changes }));
  useEffect(() => host.keepPlace(place), [place]);

  const { result: facts, texts, stale, source } = content;
  const { architecture, roles, target } = facts;
  useEffect(() => {
    if (!target) return;
    setPlace((before) => ({ ...before, choice: { ...target, shownLayer: target.layer ?? 0 } }));
  }, [target]);
  const choice = choiceIn(place.choice, facts);
  const role = choice && roleAt(choice, roles);
  const [text] = texts;
  const identity = JSON.stringify([facts.path, texts]);
  const [window, setWindow] = useState({ of: identity, index: 0 });
  const index = window.of === identity ? window.index : 0;
  const asked = role && role.how !== 'missing' && text !== undefined ? role : null;
  const { tensor, problem, isLoading } = useTensor(host, asked, content.result, identity, index);
  const underCaret = tensor && caret && !stale ? tokenAt(tensor.tokens, caret) : null;

  const isChosen = ({ name, stack, layers }: Block): boolean => {
    if (!choice || (stack === null) !== (choice.stack === null)) return false;
    const facts = architecture!.stacks[stack ?? -1];
    if (facts && facts.kind !== choice.stack) return false;
    return blockOf(choice, facts) === name && (layers.length === 0 || layers.includes(choice.shownLayer));
  };
  return (
    <>
      <ModelHeader facts={facts} onSelect={() => void host.request('act', { action: 'selectModel' })} />
      <div class={architecture && architecture.stacks.length > 1 ? 'panes wide' : 'panes'}>
        <div class="scroller">
          {architecture ? (
            <>
              <button type="button" class="link" onClick={() => change({ fold: !place.fold })}>
                {place.fold ? l10n.t('Unroll the layers') : l10n.t('Fold the layers')}
              </button>
              <Drawing
                {...{ architecture, isChosen }}
                model={facts.model}
                fold={place.fold}
                onChoose={(block) => change({ choice: choiceOf(block, choice, roles, architecture) })}
              />
              <p class="faint">{l10n.t('n: tokens of the text. Counts are of weights.')}</p>
            </>
          ) : (
            <div class="message">
              <p>{l10n.t('No Transformer is found in this file.')}</p>
              {facts.missing.map(({ message }) => (
                <p key={message}>{message}</p>
              ))}
            </div>
          )}
        </div>
        <section class="scroller details" aria-label={l10n.t('Tensor')} aria-busy={isLoading}>
          {choice && role && (
            <>
              <BlockPane
                {...{ choice, role, roles, architecture }}
                onChoose={(next) => change({ choice: next })}
              />
              <div class="source">
                {text === undefined ? (
                  <span>{l10n.t('Select a text in an editor to see its numbers here.')}</span>
                ) : (
                  <span class="excerpt" dir="auto">
                    {source}: {texts.join(' / ')}
                  </span>
                )}
                <button type="button" class="link" onClick={() => void host.request('useSelection', null)}>
                  {l10n.t('Use the selected text')}
                </button>
              </div>
              {problem !== null && (
                <div class="problem" role="alert">
                  {problem}
                  <Button onClick={() => void host.request('act', { action: 'runAgain' })}>
                    {l10n.t('Run Again')}
                  </Button>
                </div>
              )}
              {tensor && asked && (
                <>
                  <button
                    type="button"
                    class="link"
                    onClick={() => {
                      const { role, stack, layer } = asked;
                      void host.request('openForward', { role, stack, layer });
                    }}
                  >
                    {l10n.t('Walk through from Here')}
                  </button>
                  <WindowBar result={tensor} onRead={(next) => setWindow({ of: identity, index: next })} />
                  <TensorFigure
                    name={roleName(asked.role)}
                    role={asked.role}
                    tensor={tensor}
                    caret={underCaret}
                    onHighlight={(range) => void host.request('highlight', { ranges: range ? [range] : [] })}
                    onReveal={(range, focus) => void host.request('reveal', { range, focus })}
                  />
                </>
              )}
            </>
          )}
          {roles.length > 0 && (
            <RoleList
              roles={roles}
              open={place.listed}
              onToggle={(listed) => change({ listed })}
              onChoose={({ role, stack, layer }) => {
                const shownLayer = layer ?? choice?.shownLayer ?? 0;
                change({ choice: inLayer({ role, stack, layer, shownLayer }, shownLayer) });
              }}
            />
          )}
        </section>
      </div>
    </>
  );
}

/** What is kept, where the model has it, else what its first layer's attention gives. */
function choiceIn(kept: Choice | null, { roles }: ModelFacts): Choice | null {
  if (kept && roleAt(kept, roles)) return kept;
  const first = roles.find(({ role }) => role === 'attentionOutput') ?? roles[0];
  return first ? { role: first.role, stack: first.stack, layer: first.layer, shownLayer: 0 } : null;
}

function roleAt({ role, stack, layer }: Choice, roles: RoleFacts[]): RoleFacts | undefined {
  return roles.find((each) => each.role === role && each.stack === stack && each.layer === layer);
}
