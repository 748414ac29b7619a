import { createMessageConnection, Emitter } from 'vscode-jsonrpc/browser';
import { PostReader, PostWriter } from '../../src/core/postTransport';
import { callerOf, type Caller, type Requests } from '../../src/core/rpc';
import type { HostNotices, ViewRequests, ViewState } from '../../src/protocol/views';

/** What VS Code gives to a webview's script, once. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): ViewState | undefined;
  setState(state: ViewState): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** The extension host as a view sees it. */
export interface Host<Content, Map extends ViewRequests<Content> & Requests<Map>> extends Caller<Map> {
  /** Listens to what the host tells. */
  on<Name extends keyof HostNotices<Content> & string>(
    name: Name,
    listener: (notice: HostNotices<Content>[Name]) => void,
  ): void;
  /** Keeps what the host needs to ask again after a reload of the window. */
  keepAsked(asked: Pick<ViewState, 'source' | 'settings'>): void;
  /** What the view kept of itself before it was hidden or reloaded; undefined the first time. */
  readonly place: unknown;
  keepPlace(place: unknown): void;
}

/** Connects to the extension host. To be called once. */
export function connect<Content, Map extends ViewRequests<Content> & Requests<Map>>(): Host<Content, Map> {
  const api = acquireVsCodeApi();
  const messages = new Emitter<unknown>();
  window.addEventListener('message', (event) => messages.fire(event.data));
  const connection = createMessageConnection(
    new PostReader(messages.event),
    new PostWriter((message) => api.postMessage(message)),
  );
  connection.listen();
  const kept = api.getState();
  let state: ViewState = kept?.version === 2 ? kept : { version: 2, source: null };
  const keep = (change: Partial<ViewState>): void => api.setState((state = { ...state, ...change }));
  return {
    request: callerOf<Map>(connection).request,
    on: (name, listener) => void connection.onNotification(name, listener),
    keepAsked: ({ source, settings }) => keep({ source, settings }),
    get place() {
      return state.place;
    },
    keepPlace: (place) => keep({ place }),
  };
}
