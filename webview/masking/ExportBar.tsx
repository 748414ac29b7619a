import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { policies } from '../../src/core/masking/masking';
import type { MaskingPolicy, PairTask } from '../../src/protocol/masking';
import type { MaskingContent, MaskingViewRequests } from '../../src/protocol/views';
import type { Host } from '../shared/host';
import { Button, Dropdown } from '../shared/ui';
import { policyName } from './names';

interface ExportBarProps {
  /** How many patterns are written of each text. */
  epochs: number;
  host: Host<MaskingContent, MaskingViewRequests>;
}

type Texts = PairTask | 'lines';

/** Writes training data as JSON Lines, of the text on show or of files. */
export function ExportBar({ epochs, host }: ExportBarProps): JSX.Element {
  const [policy, setPolicy] = useState<MaskingPolicy>('word');
  const [texts, setTexts] = useState<Texts>('lines');
  const write = (what: 'selection' | 'files'): void =>
    void host.request('exportData', { what, policy, epochs, pairs: texts === 'lines' ? null : texts });
  return (
    <section class="export" aria-label={l10n.t('Training data')}>
      <h2>{l10n.t('Training data')}</h2>
      <p class="faint">
        {l10n.t(
          'JSON Lines of input_ids, token_type_ids, attention_mask and labels, -100 where nothing is predicted.',
        )}
      </p>
      <div class="summary">
        <Dropdown
          label={l10n.t('Policy')}
          value={policy}
          choices={policies.map((value) => ({ value, label: policyName(value) }))}
          onChange={setPolicy}
        />
        <Dropdown<Texts>
          label={l10n.t('Texts')}
          value={texts}
          choices={[
            { value: 'lines', label: l10n.t('One on each line') },
            { value: 'nextSentence', label: l10n.t('Pairs: next sentence (NSP)') },
            { value: 'sentenceOrder', label: l10n.t('Pairs: sentence order (SOP)') },
          ]}
          onChange={setTexts}
        />
        <Button onClick={() => write('selection')}>{l10n.t('Export Selection…')}</Button>
        <Button secondary onClick={() => write('files')}>
          {l10n.t('Export Files…')}
        </Button>
      </div>
    </section>
  );
}
