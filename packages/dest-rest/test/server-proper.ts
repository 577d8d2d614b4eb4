/** A server that keeps to restic's own protocol to the letter, as restic's reference tells it: known folders, true names, nothing twice. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface ProperOptions {
  /** 1: a listing has no sizes. */
  readonly version?: 1 | 2;
  readonly appendOnly?: boolean;
}

export interface ProperServer extends AsyncDisposable {
  readonly url: string;
  readonly objects: Map<string, Buffer>;
  /** The next answer, whatever is asked. */
  failWith(status: number | undefined, headers?: Readonly<Record<string, string>>): void;
  /** From now on it says yes to a write and drops it. */
  forget(drops: boolean): void;
  /** What the next listing says instead. */
  listAs(text: string | undefined): void;
}

const blob = /^\/(data|index|keys|locks|snapshots)\/([0-9a-f]{64})?$/;

export const startProper = async ({ appendOnly = false, version = 2 }: ProperOptions = {}): Promise<ProperServer> => {
  const objects = new Map<string, Buffer>();
  let created = false;
  let failure: { status: number; headers: Readonly<Record<string, string>> } | undefined;
  let listing: string | undefined;
  let drops = false;

  const list = (path: string, response: ServerResponse): void => {
    if (!created) return void response.writeHead(404).end();
    const found = [...objects].filter(([key]) => key.startsWith(path));
    const entries = found.map(([key, { byteLength: size }]) =>
      version === 1 ? key.slice(path.length) : { name: key.slice(path.length), size },
    );
    // An empty list is none at all in the original.
    response.end(listing ?? JSON.stringify(entries.length === 0 ? null : entries));
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://server');
    const { method } = request;
    if (failure !== undefined) return void response.writeHead(failure.status, failure.headers).end();
    if (pathname === '/') {
      const creates = method === 'POST' && searchParams.get('create') === 'true';
      created ||= creates;
      return void response.writeHead(creates ? 200 : 405).end();
    }
    const [, kind, name] = blob.exec(pathname) ?? [];
    if (kind === undefined && pathname !== '/config')
      return void response.writeHead(pathname.endsWith('/') ? 405 : 404).end();
    if (kind !== undefined && name === undefined) return list(pathname, response);
    const stored = objects.get(pathname);
    if (method === 'POST') {
      const isTrue = name === undefined || createHash('sha256').update(body).digest('hex') === name;
      if (stored === undefined && isTrue && !drops) objects.set(pathname, body);
      return void response.writeHead(stored !== undefined ? 403 : isTrue ? 200 : 400).end();
    }
    if (method === 'DELETE' && appendOnly && kind !== 'locks') return void response.writeHead(403).end();
    if (stored === undefined) return void response.writeHead(404).end();
    if (method === 'DELETE') objects.delete(pathname);
    response.setHeader('content-length', method === 'DELETE' ? 0 : stored.byteLength);
    response.end(method === 'GET' ? stored : undefined);
  };

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`,
    objects,
    failWith: (status, headers = {}) => (failure = status === undefined ? undefined : { status, headers }),
    forget: (value) => (drops = value),
    listAs: (text) => (listing = text),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};
