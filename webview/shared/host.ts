import { createMessageConnection, Emitter } from 'vscode-jsonrpc/browser';
import { PostReader, PostWriter } from '../../src/core/postTransport';
import { callerOf, type Caller, type Requests } from '../../src/core/rpc';
import type { HostNotices, ViewRequests, ViewState } from '../../src/protocol/views';

/** What VS Code gives to a webview's script, once. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  setState(state: ViewState | null): void;
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
  keep(state: ViewState | null): void;
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
  return {
    request: callerOf<Map>(connection).request,
    on: (name, listener) => void connection.onNotification(name, listener),
    keep: (state) => api.setState(state),
  };
}
