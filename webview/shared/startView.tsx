import './theme.css';
import * as l10n from '@vscode/l10n';
import { render, type ComponentType } from 'preact';
import type { Requests } from '../../src/core/rpc';
import type { ResultContent, SourcePosition, ViewContent, ViewRequests } from '../../src/protocol/views';
import { Frame } from './content';
import { connect, type Host } from './host';

/** What a view draws from. */
export interface ViewProps<Result, Map extends ViewRequests<ViewContent<Result>> & Requests<Map>> {
  content: ResultContent<Result>;
  /** Where the caret is in the inspected texts. */
  caret: SourcePosition | null;
  host: Host<ViewContent<Result>, Map>;
}

/** Draws a view now and whenever the host has something new. The view is a function of what it is given. */
export async function startView<Result, Map extends ViewRequests<ViewContent<Result>> & Requests<Map>>(
  View: ComponentType<ViewProps<Result, Map>>,
): Promise<void> {
  const host = connect<ViewContent<Result>, Map>();
  const { translations, ...first } = await host.request('start', null);
  l10n.config({ contents: translations });
  host.keepAsked(first);

  let { content, caret } = first;
  const draw = (): void => {
    render(
      <Frame
        content={content}
        act={(action) => void host.request('act', { action })}
        useModel={(model) => void host.request('useModel', { model })}
        copyCommand={() => void host.request('copyCommand', null)}
      >
        {(result) => <View content={result} caret={caret} host={host} />}
      </Frame>,
      document.body,
    );
  };
  host.on('show', (update) => {
    content = update.content;
    host.keepAsked(update);
    draw();
  });
  host.on('running', ({ message }) => {
    if (content.kind !== 'result') return;
    content = { ...content, running: message };
    draw();
  });
  host.on('caret', ({ at }) => {
    caret = at;
    draw();
  });
  draw();
}
