/**
 * OneDrive on loopback, as Microsoft Graph shows it, written from https://learn.microsoft.com/en-us/graph/api/resources/onedrive and
 * https://learn.microsoft.com/en-us/onedrive/developer/rest-api/. rclone, unmodified, works with it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { OAuthServer } from '../oauth.ts';
import { passOnToken } from '../token-requests.ts';
import { type Bases, itemAnswer } from './answers.ts';
import { answerGraph, type Surroundings } from './calls.ts';
import { notFound, Refusal } from './refusal.ts';
import { UploadSessions } from './sessions.ts';
import { Tree } from './tree.ts';

export interface OnedriveServerOptions {
  /** Who may come in. */
  readonly oauth: OAuthServer;
  /** A free account has 5 GB. */
  readonly quotaBytes?: number;
}

export interface OnedriveServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly tree: Tree;
  readonly sessions: UploadSessions;
  /** May be changed on the running server. */
  readonly now: {
    appFolderOnly: boolean;
    mostEntries: number;
    listLagMs: number;
    mostKept: number;
    /** Whether addresses that need no token refuse one, as the documentation says they may; rclone 1.60 sends it there all the same. */
    refusesTokens: boolean;
  };
}

export const startOnedrive = async ({
  oauth,
  quotaBytes = 5 * 2 ** 30,
}: OnedriveServerOptions): Promise<OnedriveServer> => {
  const now = { appFolderOnly: false, mostEntries: 200, listLagMs: 0, mostKept: Infinity, refusesTokens: true };
  const tree = new Tree(quotaBytes);
  const sessions = new UploadSessions({ tree, mostKept: () => now.mostKept });
  const surroundings: Surroundings = { tree, sessions, now, pages: new Map() };
  const server = createServer((request, response) => {
    answer({ surroundings, oauth }, request, response).catch((error: unknown) => {
      if (!(error instanceof Refusal)) return void response.writeHead(500).end(String(error));
      const headers = { ...error.headers, 'content-type': 'application/json' };
      response.writeHead(error.status, headers).end(JSON.stringify(error.body));
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
    tree,
    sessions,
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

/** Under Microsoft's names the content has a host of its own. */
const basesOf = (host: string): Bases =>
  host.endsWith('.microsoft.com') || host.endsWith('microsoftpersonalcontent.com')
    ? { graph: 'https://graph.microsoft.com', open: 'https://my.microsoftpersonalcontent.com' }
    : { graph: `http://${host}`, open: `http://${host}` };

const answer = async ({ oauth, surroundings }: Service, request: IncomingMessage, response: ServerResponse) => {
  const content = await read(request);
  const { authorization, host = '' } = request.headers;
  const url = new URL(request.url ?? '/', 'http://x');
  const bases = basesOf(host);
  if (url.pathname.endsWith('/oauth2/v2.0/token')) return passOnToken(oauth, request, { body: content, response });
  const [, kind, id = ''] = /^\/(upload|download)\/([^/]+)$/.exec(url.pathname) ?? [];
  if (kind !== undefined) {
    // https://learn.microsoft.com/en-us/graph/api/driveitem-createuploadsession: with the token of the account it may say 401.
    if (authorization !== undefined && surroundings.now.refusesTokens)
      throw new Refusal(401, 'unauthenticated', 'There is a token too many');
    if (kind === 'download') return download(surroundings, decodeURIComponent(id), request, response);
    return upload(surroundings, id, { request, response, content, bases });
  }
  if (!oauth.accepts(authorization)) {
    throw new Refusal(401, 'InvalidAuthenticationToken', 'Access token has expired or is not yet valid.');
  }
  const { headers, method = 'GET' } = request;
  const told = answerGraph(surroundings, { method, url, headers, content, bases });
  const type = told.body === undefined ? {} : { 'content-type': 'application/json; odata.metadata=minimal' };
  response.writeHead(told.status, { ...type, ...told.headers });
  response.end(told.body === undefined ? undefined : JSON.stringify(told.body));
};

const read = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
};

interface UploadExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly content: Buffer;
  readonly bases: Bases;
}

const upload = (
  { sessions, tree }: Surroundings,
  id: string,
  { bases, content, request, response }: UploadExchange,
): void => {
  if (request.method === 'DELETE') {
    sessions.cancel(id);
    return void response.writeHead(204).end();
  }
  const item = request.method === 'GET' ? undefined : sessions.put(id, request.headers['content-range'], content);
  const body = JSON.stringify(item === undefined ? sessions.status(id) : itemAnswer(tree, item, bases));
  const status = item !== undefined ? 201 : request.method === 'GET' ? 200 : 202;
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
};

const download = ({ tree }: Surroundings, id: string, request: IncomingMessage, response: ServerResponse): void => {
  const { content } = tree.byId(id);
  if (content === undefined) throw notFound();
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = from === '' ? 0 : Number(from);
  const end = to === '' ? content.byteLength : Math.min(content.byteLength, Number(to) + 1);
  if (request.headers.range === undefined) {
    return void response.writeHead(200, { 'content-length': content.byteLength }).end(content);
  }
  if (start >= content.byteLength) throw new Refusal(416, 'invalidRange', 'The range is not satisfiable');
  const part = content.subarray(start, end);
  const range = {
    'content-range': `bytes ${start}-${end - 1}/${content.byteLength}`,
    'content-length': part.byteLength,
  };
  response.writeHead(206, range).end(part);
};
