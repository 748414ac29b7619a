import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import { PostReader, PostWriter } from '../../core/postTransport';
import { serve, type Handlers, type Requests } from '../../core/rpc';
import type { HostNotices, ViewRequests } from '../../protocol/views';

/** A place for a webview: a panel among the editors, or a view in the sidebar. */
export interface Surface {
  readonly kind: 'panel' | 'sidebar';
  readonly webview: vscode.Webview;
  readonly title: string;
  readonly visible: boolean;
  readonly onDidChangeVisible: vscode.Event<unknown>;
  readonly onDidDispose: vscode.Event<void>;
}

/** A panel among the editors as a place for a webview. */
export function panelSurface(panel: vscode.WebviewPanel): Surface {
  return {
    kind: 'panel',
    webview: panel.webview,
    title: panel.title,
    get visible() {
      return panel.visible;
    },
    onDidChangeVisible: panel.onDidChangeViewState,
    onDidDispose: panel.onDidDispose,
  };
}

/** A view in the sidebar as a place for a webview. */
export function sidebarSurface(view: vscode.WebviewView, title: string): Surface {
  return {
    kind: 'sidebar',
    webview: view.webview,
    title,
    get visible() {
      return view.visible;
    },
    onDidChangeVisible: view.onDidChangeVisibility,
    onDidDispose: view.onDidDispose,
  };
}

export interface ViewPageOptions<Content, Map extends ViewRequests<Content> & Requests<Map>> {
  extensionUri: vscode.Uri;
  /** Name of the bundle in `dist/webview`. */
  bundle: string;
  handlers: Handlers<Map>;
}

/**
 * A webview that speaks our protocol under a strict content security policy. A hidden one is gone and starts
 * anew when it is shown, so it is only told what happens between its `start` and its hiding.
 */
export class ViewPage<Content, Map extends ViewRequests<Content> & Requests<Map>> {
  private readonly connection;
  private started = false;

  constructor(surface: Surface, options: ViewPageOptions<Content, Map>) {
    const { webview } = surface;
    this.connection = createMessageConnection(
      new PostReader((listener) => webview.onDidReceiveMessage(listener)),
      new PostWriter((message) => webview.postMessage(message)),
    );
    const start: Handlers<Map>['start'] = (params, call) => {
      this.started = true;
      return options.handlers.start(params, call);
    };
    serve<Map>(this.connection, { ...options.handlers, start });
    this.connection.listen();
    surface.onDidChangeVisible(() => {
      if (!surface.visible) this.started = false;
    });
    surface.onDidDispose(() => this.connection.dispose());
    webview.options = {
      enableScripts: true,
      localResourceRoots: [vscode.Uri.joinPath(options.extensionUri, 'dist', 'webview')],
    };
    webview.html = pageOf(surface, options.extensionUri, options.bundle);
  }

  /** Tells the view something, if it is there; what it missed, it gets when it starts. */
  tell<Name extends keyof HostNotices<Content> & string>(
    name: Name,
    notice: HostNotices<Content>[Name],
  ): void {
    if (this.started) void this.connection.sendNotification(name, notice);
  }
}

function pageOf({ webview, kind, title }: Surface, extensionUri: vscode.Uri, bundle: string): string {
  const nonce = randomBytes(16).toString('base64');
  const resource = (file: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', file)).toString();
  const policy = [
    `default-src 'none'`,
    // The toolkit probes the browser with an empty style element, which carries the nonce of the page.
    `style-src 'nonce-${nonce}' ${webview.cspSource}`,
    // The entry by its nonce; the chunk that views share is imported by it.
    `script-src 'nonce-${nonce}' ${webview.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}" data-surface="${kind}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<link rel="stylesheet" href="${resource(`${bundle}.css`)}">
<script type="module" nonce="${nonce}" src="${resource(`${bundle}.js`)}"></script>
<title>${title}</title>
</head>
<body></body>
</html>`;
}
