/** Dropbox's own SDK on the HTTP of this project, which knows how long to wait, streams what it reads, and ends when it is told to. */
import type { Dropbox, DropboxResponse } from 'dropbox';
import {
  type AccessTokens,
  bodyOf,
  type GetOptions,
  type HttpAnswer,
  type HttpExchange,
  openHttp,
  rangeHeader,
  readAnswer,
} from '@triplicate/core';
import { refusal } from './errors.ts';

const contentUrl = 'https://content.dropboxapi.com/2/files/download';
/** A page of a listing has at most 2,000 entries of some hundred bytes. */
const mostAnswerBytes = 16 * 1024 * 1024;

/** The same path at another server. */
export const addressOf = (url: string, endpoint: string | undefined): string =>
  endpoint === undefined ? url : `${endpoint.replace(/\/+$/, '')}${new URL(url).pathname}`;

export interface DropboxClientOptions {
  readonly tokens: Pick<AccessTokens, 'accessToken'>;
  readonly endpoint: string | undefined;
  readonly maxSockets: number;
}

/** What the SDK gives its `fetch`. */
interface SdkRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | null;
  readonly signal?: AbortSignal;
}

export class DropboxClient implements AsyncDisposable {
  readonly #options: DropboxClientOptions;
  readonly #exchange: HttpExchange;
  readonly #api: Dropbox;

  private constructor(options: DropboxClientOptions, sdk: typeof import('dropbox')) {
    const { endpoint, maxSockets } = options;
    this.#options = options;
    this.#exchange = openHttp({ address: new URL(endpoint ?? 'https://api.dropboxapi.com/'), maxSockets });
    this.#api = new sdk.Dropbox({ fetch: (url: string, request: SdkRequest) => this.#fetch(url, request) });
  }

  /** Loads the SDK; nothing is sent yet. */
  static async open(options: DropboxClientOptions): Promise<DropboxClient> {
    return new DropboxClient(options, await import('dropbox'));
  }

  /** One call of the SDK, which is to be given `options`. */
  async call<T>(
    work: (api: Dropbox, options: { readonly signal: AbortSignal }) => Promise<DropboxResponse<T>>,
    signal: AbortSignal,
  ): Promise<T> {
    const { result } = await work(this.#api, { signal });
    // A page of a hotel's network comes as a text, and would pass for an answer without anything in it.
    if (typeof result === 'string') throw refusal(200, {}, result);
    return result;
  }

  /** The SDK would hold the whole of a file in memory. Status 200 or 206. */
  async download(path: string, { range, signal }: GetOptions): Promise<HttpAnswer> {
    const headers = { ...rangeHeader(range), 'Dropbox-API-Arg': headerSafe({ path }) };
    const answer = await this.#send(contentUrl, { method: 'POST', headers, signal });
    if (answer.status === 200 || answer.status === 206) return answer;
    throw refusal(answer.status, answer.headers, parse(await textOf(answer)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exchange[Symbol.asyncDispose]();
  }

  async #fetch(url: string, request: SdkRequest): Promise<unknown> {
    const answer = await this.#send(url, request);
    const text = await textOf(answer);
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) headers.set(name, String(value));
    return { ok: answer.status >= 200 && answer.status < 300, status: answer.status, headers, text: async () => text };
  }

  /** A token that ended meanwhile is renewed once. */
  async #send(url: string, request: SdkRequest): Promise<HttpAnswer> {
    const { endpoint, tokens } = this.#options;
    const { body, headers, method, signal = new AbortController().signal } = request;
    const path = addressOf(url, endpoint);
    const content = body === undefined || body === null ? undefined : bodyOf(Buffer.from(body as Uint8Array));
    const ask = (token: string): Promise<HttpAnswer> =>
      this.#exchange.send({
        method,
        path,
        headers: { ...headers, authorization: `Bearer ${token}` },
        // Without a body Dropbox wants to hear that there is none.
        body: content ?? bodyOf(),
        signal,
      });
    const token = await tokens.accessToken({ signal });
    const answer = await ask(token);
    if (answer.status !== 401) return answer;
    const refused = refusal(401, answer.headers, parse(await textOf(answer)));
    if (!/^(expired|invalid)_access_token$/.test(String(refused.context['service']))) throw refused;
    return ask(await tokens.accessToken({ signal, refused: token }));
  }
}

const textOf = async (answer: HttpAnswer): Promise<string> => (await readAnswer(answer, mostAnswerBytes)).toString();

export const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** https://www.dropbox.com/developers/reference/json-encoding: a header has no letters beyond ASCII. */
const headerSafe = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
