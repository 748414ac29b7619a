import * as l10n from '@vscode/l10n';
import type { ComponentChildren, JSX } from 'preact';
import type { NoResultContent, ResultContent, ViewAction, ViewContent } from '../../src/protocol/views';
import { Button } from './ui';

/** The ways out that a person can take. */
interface WaysOut {
  act: (action: ViewAction) => void;
  useModel: (model: string) => void;
  copyCommand: () => void;
}

interface FrameProps<Result> extends WaysOut {
  content: ViewContent<Result>;
  children: (content: ResultContent<Result>) => ComponentChildren;
}

/** What every view shows around or instead of its result: work under way, reasons, and next steps. */
export function Frame<Result>({ content, children, ...ways }: FrameProps<Result>): JSX.Element {
  const { act } = ways;
  const running =
    content.kind === 'busy' ? content.message : content.kind === 'result' ? content.running : null;
  return (
    <>
      <div class="progress" role="progressbar" aria-label={running ?? undefined} hidden={running === null} />
      {content.kind === 'busy' && (
        <Message tone="busy" content={{ message: content.message, actions: ['cancel'] }} {...ways} />
      )}
      {(content.kind === 'failed' || content.kind === 'empty') && (
        <Message tone={content.kind} content={content} {...ways} />
      )}
      {content.kind === 'result' && (
        <main aria-busy={running !== null}>
          {content.stale && running === null && <StaleBanner act={act} />}
          {running !== null && <RunningBanner message={running} act={act} />}
          {children(content)}
        </main>
      )}
    </>
  );
}

interface MessageProps extends WaysOut {
  tone: 'busy' | 'failed' | 'empty';
  content: Omit<NoResultContent, 'kind'>;
}

function Message({ tone, content, act, useModel, copyCommand }: MessageProps): JSX.Element {
  const { message, actions, models = [], command } = content;
  const before = models.length + Number(command !== undefined);
  return (
    <div class={`message ${tone}`} role={tone === 'failed' ? 'alert' : 'status'}>
      <p>{message}</p>
      <div class="actions">
        {models.map(({ path, name }, index) => (
          <Button key={path} secondary={index > 0} onClick={() => useModel(path)}>
            {l10n.t('Use {0}', name)}
          </Button>
        ))}
        {command !== undefined && (
          <Button secondary={models.length > 0} onClick={copyCommand}>
            {l10n.t('Copy Command')}
          </Button>
        )}
        {actions.map((action, index) => (
          <Button
            key={action}
            secondary={before + index > 0 || action === 'cancel'}
            onClick={() => act(action)}
          >
            {labelOf(action)}
          </Button>
        ))}
      </div>
    </div>
  );
}

function StaleBanner({ act }: { act: (action: ViewAction) => void }): JSX.Element {
  return (
    <div class="banner" role="status">
      <span>{l10n.t('The text has changed since.')}</span>
      <Button onClick={() => act('runAgain')}>{l10n.t('Run Again')}</Button>
    </div>
  );
}

/** Beside a result that is about to be replaced; it shows only when that takes a while. */
function RunningBanner({
  message,
  act,
}: {
  message: string;
  act: (action: ViewAction) => void;
}): JSX.Element {
  return (
    <div class="banner running" role="status">
      <span>{message}</span>
      <Button secondary onClick={() => act('cancel')}>
        {labelOf('cancel')}
      </Button>
    </div>
  );
}

function labelOf(action: ViewAction): string {
  switch (action) {
    case 'runAgain':
      return l10n.t('Run Again');
    case 'runAnyway':
      return l10n.t('Run Anyway');
    case 'cancel':
      return l10n.t('Cancel');
    case 'selectModel':
      return l10n.t('Select Model…');
    case 'openSample':
      return l10n.t('Open Sample Text');
    case 'showLog':
      return l10n.t('Show Log');
  }
}
