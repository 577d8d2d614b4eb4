/** One HTTP request and its answer, for adapters whose protocol is HTTP itself: streaming both ways, no redirects, no retries. */
import type * as Http from 'node:http';
import type * as Https from 'node:https';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type * as Tls from 'node:tls';
import type { Body } from '../body.ts';
import { BackupError } from '../errors.ts';
import { exactBytes } from './exact-bytes.ts';

export interface HttpRequest {
  readonly method: string;
  /** What follows the address, encoded; it begins with no slash and may have a query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Http.IncomingHttpHeaders;
  /** Has to be read to its end or destroyed; breaks when the signal of the request fires. */
  readonly content: Readable;
}

export interface HttpExchange extends AsyncDisposable {
  /** Rejects with what broke the connection, untranslated, or with what the body threw; any status is an answer. */
  send(request: HttpRequest): Promise<HttpAnswer>;
}

export interface HttpOptions {
  /** With a slash at its end, without user and password. */
  readonly address: URL;
  /** Certificates (PEM) of an authority that is trusted besides the usual ones. */
  readonly ca?: string | undefined;
  /** Goes with every request, e.g. the authorization. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly maxSockets: number;
}

/** An `import` of `node:http` at the top would load the whole of fetch with it, at every start. */
const load = createRequire(import.meta.url);

const connectTimeoutMs = 15_000;
/** Without a byte in either direction. */
const silenceTimeoutMs = 120_000;

export const openHttp = ({ address, ca, headers: common, maxSockets }: HttpOptions): HttpExchange => {
  const secure = address.protocol === 'https:';
  const { Agent: HttpAgent, request: httpRequest } = load('node:http') as typeof Http;
  const { Agent: HttpsAgent, request: httpsRequest } = load('node:https') as typeof Https;
  const { rootCertificates } = load('node:tls') as typeof Tls;
  const sockets = { keepAlive: true, maxSockets };
  const trusted = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  const agent = secure ? new HttpsAgent({ ...sockets, ...trusted }) : new HttpAgent(sockets);
  return {
    async send({ body, headers, method, path, signal }) {
      const length = body === undefined ? {} : { 'content-length': String(body.size) };
      const options = { method, agent, signal, headers: { ...common, ...headers, ...length } };
      const outgoing = (secure ? httpsRequest : httpRequest)(new URL(path, address), options);
      const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
      outgoing.on('error', reject);
      outgoing.once('response', (content) => {
        // Nobody may be reading any more when the connection breaks.
        content.on('error', () => undefined);
        resolve({ status: content.statusCode ?? 0, headers: content.headers, content });
      });
      outgoing.once('socket', (socket) => {
        if (!socket.connecting) return;
        const timer = setTimeout(() => outgoing.destroy(silence('does not answer')), connectTimeoutMs);
        for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
      });
      outgoing.setTimeout(silenceTimeoutMs, () => outgoing.destroy(silence('fell silent')));
      if (body === undefined) outgoing.end();
      else pipeline(Readable.from(copies(body, signal)), outgoing).catch(reject);
      return promise;
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
    },
  };
};

const silence = (what: string): BackupError => new BackupError('UNAVAILABLE', `the server ${what}`);

/** What is being sent may wait in a queue, while the views of a body hold until the next one only. */
export async function* copies(body: Body, signal: AbortSignal): AsyncIterable<Buffer> {
  for await (const piece of exactBytes(body, signal)) yield Buffer.from(piece);
}

/** All of an answer that is known to be small; UNAVAILABLE when it is larger, and whatever broke it when it broke. */
export const readAnswer = async ({ content }: HttpAnswer, mostBytes: number): Promise<Buffer> => {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of content as AsyncIterable<Buffer>) {
      size += part.byteLength;
      if (size > mostBytes) throw new BackupError('UNAVAILABLE', `the answer is larger than ${mostBytes} bytes`);
      parts.push(part);
    }
  } finally {
    content.destroy();
  }
  return Buffer.concat(parts);
};
