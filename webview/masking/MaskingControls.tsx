import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { MaskingSettings } from '../../src/protocol/views';
import { Dropdown, NumberDropdown } from '../shared/ui';

interface MaskingControlsProps {
  settings: MaskingSettings;
  onChange: (settings: MaskingSettings) => void;
}

const rates = [5, 10, 15, 20, 30, 40, 50];

/** What masking is done with: rate, epochs, seed, and where entities come from. */
export function MaskingControls({ settings, onChange }: MaskingControlsProps): JSX.Element {
  const { rate, epochs, seed, entities } = settings;
  const percents = Math.round(rate * 100);
  return (
    <div class="summary" role="group" aria-label={l10n.t('Masking')}>
      <Dropdown
        label={l10n.t('Rate')}
        value={String(percents)}
        choices={rates.map((each) => ({ value: String(each), label: `${each} %` }))}
        onChange={(chosen) => onChange({ ...settings, rate: Number(chosen) / 100 })}
      />
      <NumberDropdown
        label={l10n.t('Epochs')}
        value={epochs}
        choices={[1, 2, 3, 5, 10]}
        onChange={(chosen) => onChange({ ...settings, epochs: chosen })}
      />
      <label>
        {l10n.t('Seed')}{' '}
        <input
          type="number"
          min={0}
          max={2 ** 32 - 1}
          value={seed}
          onChange={({ currentTarget }) => {
            const chosen = currentTarget.valueAsNumber;
            if (Number.isInteger(chosen) && currentTarget.validity.valid)
              onChange({ ...settings, seed: chosen });
            else currentTarget.value = String(seed);
          }}
        />
      </label>
      <label class="grow">
        {l10n.t('Entities')}{' '}
        <input
          type="text"
          value={entities.join(', ')}
          placeholder={l10n.t('by the tagging model, or a list: New York, 北京')}
          onChange={({ currentTarget }) => {
            const words = currentTarget.value.split(/[,，;；]/).map((word) => word.trim());
            onChange({ ...settings, entities: words.filter((word) => word !== '') });
          }}
        />
      </label>
    </div>
  );
}
