import * as l10n from '@vscode/l10n';
import type { RunNotice } from '../../src/core/runNotices';

function digits(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value);
}

/** A notice in words, with what it rests on. */
export function noticeText(notice: RunNotice): string {
  switch (notice.kind) {
    case 'best': {
      const value = notice.value === null ? '' : digits(notice.value);
      const [step, tag] = [notice.step, notice.tag ?? ''];
      if (notice.by === 'trainer')
        return notice.tag === null
          ? l10n.t('Best checkpoint at step {0}: {1}, by the trainer’s own metric.', step, value)
          : l10n.t('Best checkpoint at step {0}: {1} {2}, which the trainer went by.', step, tag, value);
      if (notice.by === 'validation')
        return l10n.t('Best at step {0}: {1} is least there, {2}.', step, tag, value);
      return notice.less
        ? l10n.t('Best at step {0}: {1}, which you chose, is least there, {2}.', step, tag, value)
        : l10n.t('Best at step {0}: {1}, which you chose, is greatest there, {2}.', step, tag, value);
    }
    case 'overfit':
      return l10n.t(
        'Overfitting since step {0}: {1} was least there ({2}) and ends at {3}, while the training loss went on down.',
        notice.step,
        notice.tag,
        digits(notice.least),
        digits(notice.last),
      );
    case 'notFinite':
      return l10n.t(
        '{0} is not finite at step {1}; such points in all: {2}.',
        notice.tag,
        notice.step,
        notice.count,
      );
    case 'spike':
      return l10n.t(
        '{0} jumps to {1} at step {2}; the median of the 20 points before is {3}.',
        notice.tag,
        digits(notice.value),
        notice.step,
        digits(notice.usual),
      );
    case 'restart':
      return l10n.t(
        'Restarted: after step {0} comes step {1}. Both parts are drawn.',
        notice.from,
        notice.step,
      );
    case 'stopped':
      return l10n.t(
        'Stopped at step {0} of {1}: its logs have not been written since.',
        notice.step,
        notice.planned,
      );
  }
}
