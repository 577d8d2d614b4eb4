/**
 * Dropbox on loopback, written from https://www.dropbox.com/developers/documentation/http/documentation and from the specification in
 * https://github.com/dropbox/dropbox-api-spec; what it answers has the types of Dropbox's own SDK. rclone, unmodified, works with it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { OAuthServer } from '../oauth.ts';
import { passOnToken } from '../token-requests.ts';
import { fileMetadata } from './answers.ts';
import { batchCalls } from './batches.ts';
import { pathOf, rpcCalls, type Surroundings, uploadCalls } from './calls.ts';
import { Listings } from './listings.ts';
import { Refusal, refuse, senseless, unauthorized } from './refusal.ts';
import { Store } from './store.ts';
import { Uploads } from './uploads.ts';

export interface DropboxServerOptions {
  /** Who may come in. */
  readonly oauth: OAuthServer;
  /** A free account has 2 GB. */
  readonly quotaBytes?: number;
  /** On one page of a listing. */
  readonly mostEntries?: number;
}

export interface DropboxServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly store: Store;
  readonly listings: Listings;
  readonly uploads: Uploads;
  /** May be changed on the running server. */
  readonly now: { listLagMs: number; mostWrites: number; scopes: readonly string[] };
}

const allScopes = ['files.metadata.read', 'files.content.read', 'files.content.write', 'account_info.read'];

export const startDropbox = async (options: DropboxServerOptions): Promise<DropboxServer> => {
  const { mostEntries = 500, oauth, quotaBytes = 2 * 2 ** 30 } = options;
  const now = { listLagMs: 0, mostWrites: 16, scopes: allScopes };
  const store = new Store(quotaBytes);
  const listings = new Listings({ store, mostEntries, lagMs: () => now.listLagMs });
  const uploads = new Uploads();
  const surroundings: Surroundings = {
    store,
    listings,
    uploads,
    mostWrites: () => now.mostWrites,
    scopes: () => now.scopes,
  };
  const server = createServer((request, response) => {
    answer({ surroundings, oauth }, request, response).catch((error: unknown) => {
      if (!(error instanceof Refusal)) return void response.writeHead(500).end(String(error));
      const text = typeof error.body === 'string';
      const type = text ? 'text/plain; charset=utf-8' : 'application/json';
      response.writeHead(error.status, { ...error.headers, 'content-type': type });
      response.end(text ? error.body : JSON.stringify(error.body));
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    store,
    listings,
    uploads,
    now,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};

interface Service {
  readonly surroundings: Surroundings;
  readonly oauth: OAuthServer;
}

const answer = async ({ oauth, surroundings }: Service, request: IncomingMessage, response: ServerResponse) => {
  const body = await read(request);
  const path = new URL(request.url ?? '/', 'http://x').pathname;
  // The first version of the API is gone but for this call, which older clients make.
  if (/^(\/1)?\/oauth2\/token$/.test(path)) return passOnToken(oauth, request, { body, response });
  const call = path.replace(/^\/2\//, '');
  const { authorization, host = '' } = request.headers;
  const isContent = call === 'files/download' || Object.hasOwn(uploadCalls, call);
  // The two kinds of calls have hosts of their own.
  if (host.endsWith('dropboxapi.com') && host !== `${isContent ? 'content' : 'api'}.dropboxapi.com`) {
    throw new Refusal(404, 'Not found');
  }
  if (request.method !== 'POST') throw senseless(call, 'Invalid HTTP method');
  if (!oauth.accepts(authorization)) throw unauthorized('expired_access_token');
  if (call === 'files/download') return download(surroundings, request, response);
  const work = rpcCalls[call] ?? uploadCalls[call] ?? batchCalls[call];
  if (work === undefined) throw senseless(call, 'Unknown API function');
  const type = request.headers['content-type'] ?? '';
  const wanted = isContent ? 'application/octet-stream' : 'application/json';
  if (!type.startsWith(wanted) && !(type === '' && body.byteLength === 0)) {
    throw senseless(call, `Bad HTTP "Content-Type" header: "${type}"`);
  }
  const argument = isContent ? headerArgument(request, call) : jsonOf(body.toString() || 'null', call);
  const result = await work(surroundings, argument, isContent ? body : Buffer.alloc(0));
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
};

const jsonOf = (text: string, call: string): Readonly<Record<string, unknown>> => {
  try {
    return (JSON.parse(text) ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    throw senseless(call, 'request body: could not decode input as JSON');
  }
};

/** https://www.dropbox.com/developers/reference/json-encoding */
const headerArgument = ({ headers }: IncomingMessage, call: string) => {
  const text = headers['dropbox-api-arg'];
  if (typeof text !== 'string') throw senseless(call, 'Must provide HTTP header "Dropbox-API-Arg".');
  if (/[^\u0020-\u007e]/.test(text))
    throw senseless(call, 'HTTP header "Dropbox-API-Arg": could not decode input as JSON');
  return jsonOf(text, call);
};

const read = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
};

const download = (surroundings: Surroundings, request: IncomingMessage, response: ServerResponse): void => {
  const path = pathOf(surroundings, headerArgument(request, 'files/download'), 'files/download');
  const found = surroundings.store.find(path);
  if (found?.kind !== 'file') {
    const reason = found === undefined ? 'not_found' : 'not_file';
    throw refuse({ '.tag': 'path', path: { '.tag': reason } });
  }
  const { content } = found;
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = from === '' ? 0 : Number(from);
  const end = to === '' ? content.byteLength : Math.min(content.byteLength, Number(to) + 1);
  const headers = {
    'content-type': 'application/octet-stream',
    'dropbox-api-result': JSON.stringify(fileMetadata(found)),
    etag: `W/"${found.rev}"`,
    'accept-ranges': 'bytes',
  };
  if (request.headers.range === undefined) {
    return void response.writeHead(200, { ...headers, 'content-length': content.byteLength }).end(content);
  }
  if (start >= content.byteLength) {
    return void response.writeHead(416, { 'content-range': `bytes */${content.byteLength}` }).end();
  }
  const part = content.subarray(start, end);
  const range = {
    'content-range': `bytes ${start}-${end - 1}/${content.byteLength}`,
    'content-length': part.byteLength,
  };
  response.writeHead(206, { ...headers, ...range }).end(part);
};
