/** Microsoft Graph (https://learn.microsoft.com/en-us/graph/api/resources/onedrive) in the few requests that are needed here. */
import {
  type AccessTokens,
  BackupError,
  type Body,
  bodyOf,
  type HttpAnswer,
  type HttpExchange,
  openHttp,
  readAnswer,
} from '@triplicate/core';
import { refusal } from './errors.ts';

/** A page of a listing has some hundred entries of at most two thousand bytes. */
const mostAnswerBytes = 16 * 1024 * 1024;

export interface GraphClientOptions {
  readonly tokens: Pick<AccessTokens, 'accessToken'>;
  readonly endpoint: string;
  readonly maxSockets: number;
}

export interface GraphRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Below the endpoint and without a slash before it, or an address at the endpoint, as pages of a listing have one. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, or as JSON. */
  readonly body?: Body | object;
  readonly signal: AbortSignal;
}

/** To an address that lets in whoever has it: it is told to nobody, and the token of the account must not go there. */
export interface OpenRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  readonly signal: AbortSignal;
}

export class GraphClient implements AsyncDisposable {
  readonly #base: URL;
  readonly #tokens: GraphClientOptions['tokens'];
  readonly #exchange: HttpExchange;

  constructor({ endpoint, maxSockets, tokens }: GraphClientOptions) {
    this.#base = new URL(endpoint.endsWith('/') ? endpoint : `${endpoint}/`);
    this.#tokens = tokens;
    this.#exchange = openHttp({ address: this.#base, maxSockets });
  }

  /** What Graph answers, as JSON; `undefined` where it says nothing. */
  async ask<T>(request: GraphRequest): Promise<T> {
    return (await readJson(await this.#send(request))) as T;
  }

  /** Any status is an answer. */
  async askOpen({ body, headers = {}, method, signal, url }: OpenRequest): Promise<HttpAnswer> {
    const { protocol } = new URL(url);
    if (protocol !== this.#base.protocol) {
      throw new BackupError('UNAVAILABLE', 'the service sends us to an address that is not secure');
    }
    return this.#exchange.send({ method, path: url, headers, signal, ...(body === undefined ? {} : { body }) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exchange[Symbol.asyncDispose]();
  }

  /** A token that ended meanwhile is renewed once. */
  async #send({ body, headers = {}, method, path, signal }: GraphRequest): Promise<HttpAnswer> {
    const url = new URL(path, this.#base);
    if (url.origin !== this.#base.origin) {
      throw new BackupError('UNAVAILABLE', 'a listing goes on at another server');
    }
    const sent = contentOf(body);
    const ask = (token: string): Promise<HttpAnswer> =>
      this.#exchange.send({
        method,
        path: url.href,
        headers: { ...sent.headers, ...headers, authorization: `Bearer ${token}` },
        signal,
        ...(sent.body === undefined ? {} : { body: sent.body }),
      });
    const token = await this.#tokens.accessToken({ signal });
    const answer = await ask(token);
    if (answer.status !== 401) return answer;
    await readAnswer(answer, mostAnswerBytes);
    return ask(await this.#tokens.accessToken({ signal, refused: token }));
  }
}

const contentOf = (body: Body | object | undefined): { headers: Readonly<Record<string, string>>; body?: Body } => {
  if (body === undefined) return { headers: {} };
  if ('open' in body) return { headers: { 'content-type': 'application/octet-stream' }, body };
  return { headers: { 'content-type': 'application/json' }, body: bodyOf(Buffer.from(JSON.stringify(body))) };
};

/** Throws what an answer other than 2xx says, and UNAVAILABLE for one that is no JSON. */
export const readJson = async (answer: HttpAnswer): Promise<unknown> => {
  const { headers, status } = answer;
  const text = (await readAnswer(answer, mostAnswerBytes)).toString();
  const value = parse(text);
  if (status < 200 || status >= 300 || (value === undefined && text !== '')) throw refusal(status, headers, value);
  return value;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
