/** A hub on this machine: it speaks as much of the hub's API as its library asks for, and fails as it is told to. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request for a file. */
export type Fault =
  | { kind: 'status'; status: number; headers?: Record<string, string> }
  /** The connection breaks after so many bytes. */
  | { kind: 'drop'; after: number }
  /** Nothing comes any more after so many bytes. */
  | { kind: 'stall'; after: number }
  /** So many bytes at a time, with a pause between. */
  | { kind: 'slow'; bytes: number; milliseconds: number }
  /** Other bytes than were listed, as many or so many more. */
  | { kind: 'wrong'; more?: number }
  /** All of the file, whatever part was asked for. */
  | { kind: 'noRanges' };

/** A request as the server saw it. */
export interface SeenRequest {
  path: string;
  range: string | undefined;
  authorization: string | undefined;
}

export interface HubServerOptions {
  /** By repository, and in it by path. */
  repositories: Record<string, Record<string, Buffer>>;
  /** Revisions beside `main`, which all name the one commit. */
  revisions?: string[];
  /** A token that every request has to carry. */
  token?: string;
  /** Files of at least so many bytes are kept as LFS files, which redirect to another host name. */
  lfsFrom?: number;
  /** Files of one page of a listing. */
  pageSize?: number;
}

export const commitOfHub = '0123456789abcdef0123456789abcdef01234567';

export class HubServer {
  readonly seen: SeenRequest[] = [];
  private readonly faults: { path: string; fault: Fault }[] = [];
  private readonly server: Server;
  private port = 0;

  static async start(options: HubServerOptions): Promise<HubServer> {
    const hub = new HubServer(options);
    await new Promise<void>((resolve) => hub.server.listen(0, '127.0.0.1', resolve));
    hub.port = (hub.server.address() as AddressInfo).port;
    return hub;
  }

  private constructor(private readonly options: HubServerOptions) {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Lets the next request whose path ends so fail in that way, and so many after it. */
  fail(path: string, fault: Fault, times = 1): void {
    for (let n = 0; n < times; n++) this.faults.push({ path, fault });
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.endpoint);
    const path = decodeURIComponent(url.pathname);
    const { range, authorization } = request.headers;
    this.seen.push({ path, range, authorization });
    const index = this.faults.findIndex((each) => path.endsWith(each.path));
    const fault = index < 0 ? undefined : this.faults.splice(index, 1)[0]!.fault;
    if (fault?.kind === 'status') return void response.writeHead(fault.status, fault.headers).end();
    const elsewhere = path.startsWith('/cdn/');
    if (this.options.token && !elsewhere && authorization !== `Bearer ${this.options.token}`) {
      return void response.writeHead(401).end();
    }
    const inApi = /^\/api\/models\/(.+?)\/(revision|tree)\/([^/]+)$/.exec(path);
    const inFiles = /^(?:\/cdn)?\/(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(path);
    const [, name = '', ...rest] = inApi ?? inFiles ?? [];
    const files = this.options.repositories[name];
    const revision = inApi ? rest[1]! : rest[0]!;
    if (!files || !['main', commitOfHub, ...(this.options.revisions ?? [])].includes(revision)) {
      return void response.writeHead(404).end();
    }
    if (inApi) {
      const info = {
        _id: '1',
        id: name,
        sha: commitOfHub,
        tags: ['license:mit'],
        lastModified: '2025-01-01',
      };
      return rest[0] === 'revision' ? json(response, info) : this.tree(files, url, response);
    }
    const bytes = files[rest[1]!];
    if (!bytes) return void response.writeHead(404).end();
    if (bytes.length >= (this.options.lfsFrom ?? Infinity) && !elsewhere) {
      const location = `${this.endpoint.replace('127.0.0.1', 'localhost')}/cdn${url.pathname}`;
      return void response.writeHead(302, { location }).end();
    }
    await send(bytes, range, fault, response);
  }

  private tree(files: Record<string, Buffer>, url: URL, response: ServerResponse): void {
    const { pageSize = 100, lfsFrom = Infinity } = this.options;
    const at = Number(url.searchParams.get('cursor') ?? 0);
    const entries = Object.entries(files).map(([path, bytes]) => ({
      type: 'file',
      path,
      size: bytes.length,
      oid: createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex'),
      ...(bytes.length >= lfsFrom && { lfs: { oid: createHash('sha256').update(bytes).digest('hex') } }),
    }));
    const next = new URL(url);
    next.searchParams.set('cursor', String(at + pageSize));
    if (at + pageSize < entries.length) response.setHeader('Link', `<${next.href}>; rel="next"`);
    json(response, entries.slice(at, at + pageSize));
  }
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function send(
  bytes: Buffer,
  range: string | undefined,
  fault: Fault | undefined,
  response: ServerResponse,
): Promise<void> {
  const [, from = '0', to] =
    /^bytes=(\d+)-(\d*)$/.exec(fault?.kind === 'noRanges' ? '' : (range ?? '')) ?? [];
  const start = Number(from);
  const end = to ? Number(to) + 1 : bytes.length;
  let body = bytes.subarray(start, end);
  if (fault?.kind === 'wrong') body = Buffer.alloc(body.length + (fault.more ?? 0), 0x21);
  const partial = range !== undefined && fault?.kind !== 'noRanges';
  response.writeHead(partial ? 206 : 200, {
    'content-length': body.length,
    etag: '"tag"',
    ...(partial && { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }),
  });
  switch (fault?.kind) {
    case 'drop':
      response.write(body.subarray(0, fault.after), () => response.destroy());
      return;
    case 'stall':
      response.write(body.subarray(0, fault.after));
      return;
    case 'slow':
      for (let at = 0; at < body.length && !response.destroyed; at += fault.bytes) {
        response.write(body.subarray(at, at + fault.bytes));
        await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
      }
      response.end();
      return;
    default:
      response.end(body);
  }
}
