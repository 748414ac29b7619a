import './masking.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { policies } from '../../src/core/masking/masking';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { MaskingViewRequests, MaskingViewResult } from '../../src/protocol/views';
import { rangeOf } from '../shared/linking';
import { ModelButton } from '../shared/modelButton';
import type { ViewProps } from '../shared/startView';
import { Tabs } from '../shared/ui';
import { WindowBar } from '../shared/windowBar';
import { ExportBar } from './ExportBar';
import { MaskingControls } from './MaskingControls';
import { policyName, policyRule } from './names';
import { PatternRow } from './PatternRow';
import { Statistics } from './Statistics';

export type Schedule = 'dynamic' | 'static';

/** A text under the masking patterns of training: policies side by side, epoch by epoch. */
export function MaskingView({
  content,
  host,
}: ViewProps<MaskingViewResult, MaskingViewRequests>): JSX.Element {
  const { result } = content;
  const { tokens, patterns, settings, vocabulary } = result;
  const [schedule, setSchedule] = useState<Schedule>(() => scheduleIn(host.place));
  const [pointed, setPointed] = useState<EncodedToken | null>(null);
  useEffect(() => host.keepPlace({ schedule }), [schedule]);
  useEffect(() => {
    const range = rangeOf(pointed ?? undefined);
    void host.request('highlight', { ranges: range ? [range] : [] });
  }, [pointed]);
  const reveal = (token: EncodedToken): void => {
    const range = rangeOf(token);
    if (range) void host.request('reveal', { range, focus: true });
  };
  return (
    <>
      <header class="summary">
        <h1>{l10n.t('Masking Workshop')}</h1>
        <ModelButton
          model={result.model}
          onClick={() => void host.request('act', { action: 'selectModel' })}
        />
      </header>
      <MaskingControls settings={settings} onChange={(next) => void host.request('setMasking', next)} />
      <Tabs
        label={l10n.t('Patterns')}
        value={schedule}
        choices={[
          { value: 'dynamic', label: l10n.t('Dynamic: a new pattern each epoch') },
          { value: 'static', label: l10n.t('Static: one pattern for all') },
        ]}
        onChange={setSchedule}
      />
      <WindowBar result={result} onRead={(index) => void host.request('readWindow', { index })} />
      <div class="policies">
        {policies.map((policy) => (
          <section key={policy} aria-label={policyName(policy)}>
            <h2>{policyName(policy)}</h2>
            <p class="faint">{policyRule(policy)}</p>
            <ol>
              {patterns[policy].map((dynamic, epoch) => (
                <PatternRow
                  key={epoch}
                  {...{ epoch, tokens, vocabulary }}
                  pattern={schedule === 'dynamic' ? dynamic : patterns[policy][0]!}
                  onPoint={setPointed}
                  onReveal={reveal}
                />
              ))}
            </ol>
          </section>
        ))}
      </div>
      <ul class="legend" aria-label={l10n.t('Legend')}>
        <li>
          <span class="target mask">{l10n.t('shown as the mask')}</span>
        </li>
        <li>
          <span class="target random">{l10n.t('shown as a random token')}</span>
        </li>
        <li>
          <span class="target keep">{l10n.t('shown as it is')}</span>
        </li>
      </ul>
      <Statistics result={result} schedule={schedule} />
      <ExportBar epochs={schedule === 'static' ? 1 : settings.epochs} host={host} />
    </>
  );
}

function scheduleIn(kept: unknown): Schedule {
  return (kept as { schedule?: unknown } | undefined)?.schedule === 'static' ? 'static' : 'dynamic';
}
