/** restic's REST protocol: https://restic.readthedocs.io/en/latest/100_references.html#rest-backend */
import {
  BackupError,
  type Body,
  type HttpAnswer,
  type HttpExchange,
  type HttpRequest,
  readAnswer,
} from '@triplicate/core';
import { refusal } from './errors.ts';
import { folderPath, pathOf, type Place } from './places.ts';
import { isPage, noRestServer } from './recognise.ts';

export interface Listed {
  readonly name: string;
  /** Unknown to servers of the first version of the protocol. */
  readonly size: number | undefined;
}

export interface Looked {
  readonly size: number;
  readonly modified: Date | undefined;
}

const secondVersion = 'application/vnd.x.restic.rest.v2';
/** Three million packs. */
const mostListBytes = 256 * 1024 * 1024;

export class RestProtocol {
  readonly #exchange: HttpExchange;
  #rclone = false;

  constructor(exchange: HttpExchange) {
    this.#exchange = exchange;
  }

  /** Whether rclone answers: it takes any name, overwrites, lists folders of any depth, and says "not found" when a listing fails. */
  get isRclone(): boolean {
    return this.#rclone;
  }

  async look(place: Place, signal: AbortSignal): Promise<Looked | undefined> {
    const answer = await this.#send({ method: 'HEAD', path: pathOf(place), signal });
    answer.content.destroy();
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw await refusal(answer);
    if (isPage(answer.headers['content-type'])) throw noRestServer('it answers with a web page');
    const size = Number(answer.headers['content-length'] ?? Number.NaN);
    if (!Number.isInteger(size)) throw noRestServer('it tells no size of an object');
    const modified = new Date(answer.headers['last-modified'] ?? Number.NaN);
    return { size, modified: Number.isNaN(modified.getTime()) || modified.getTime() === 0 ? undefined : modified };
  }

  /** Rejects with the server's refusal; a REST server proper refuses with status 403 where something is. */
  async write(place: Place, body: Body, signal: AbortSignal): Promise<void> {
    const headers = { 'content-type': 'application/octet-stream' };
    await this.#expectOk({ method: 'POST', path: pathOf(place), headers, body, signal });
  }

  async read(place: Place, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await this.#send({ method: 'GET', path: pathOf(place), headers, signal });
    if (answer.status === 200 || answer.status === 206) return answer;
    throw await refusal(answer);
  }

  async delete(place: Place, signal: AbortSignal): Promise<void> {
    const answer = await this.#send({ method: 'DELETE', path: pathOf(place), signal });
    if (answer.status !== 404 && !isOk(answer)) throw await refusal(answer);
    answer.content.resume();
  }

  /** Makes the folders of a repository; harmless where they are. */
  async create(repository: string, signal: AbortSignal): Promise<void> {
    const answer = await this.#send({ method: 'POST', path: `${repository}?create=true`, signal });
    if (isOk(answer)) return void answer.content.resume();
    const error = await refusal(answer);
    throw [404, 405, 501].includes(answer.status) ? noRestServer('it makes no repositories') : error;
  }

  /** What stands at the address itself. */
  async probe(method: 'HEAD' | 'OPTIONS', signal: AbortSignal): Promise<Pick<HttpAnswer, 'headers' | 'status'>> {
    const { content, headers, status } = await this.#send({ method, path: '', signal });
    content.destroy();
    return { headers, status };
  }

  /** CONFIG_INVALID when a folder is given as anything but a listing; whatever else is in the way is left to who needs it. */
  async assertListing(path: string, signal: AbortSignal): Promise<void> {
    const answer = await this.#send({ method: 'GET', path, headers: { accept: secondVersion }, signal });
    if (answer.status !== 200) return void answer.content.destroy();
    const bytes = await readAnswer(answer, mostListBytes);
    if (isPage(answer.headers['content-type']) || !/^\s*(\[|null\s*$)/.test(bytes.toString('utf8', 0, 64)))
      throw noRestServer('it gives no listing');
  }

  /** The names in a folder, with rclone those of all folders below it; `undefined` when there is no such folder. */
  async list(repository: string, folder: Place['folder'], signal: AbortSignal): Promise<Listed[] | undefined> {
    const path = folderPath(repository, folder);
    const answer = await this.#send({ method: 'GET', path, headers: { accept: secondVersion }, signal });
    // Servers proper take the name of a folder that they do not know for the name of a repository, which has no listing.
    if (!this.#rclone && (answer.status === 404 || (answer.status === 405 && !isKnown(folder)))) {
      answer.content.resume();
      return undefined;
    }
    if (answer.status === 404)
      throw new BackupError('UNAVAILABLE', 'rclone cannot list this folder', { context: { status: 404 } });
    if (answer.status !== 200) throw await refusal(answer);
    return parseListing(await readAnswer(answer, mostListBytes));
  }

  async #expectOk(request: HttpRequest): Promise<void> {
    const answer = await this.#send(request);
    if (!isOk(answer)) throw await refusal(answer);
    answer.content.resume();
  }

  async #send(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.#exchange.send(request);
    this.#rclone ||= String(answer.headers['server']).startsWith('rclone/');
    return answer;
  }
}

const isKnown = (folder: Place['folder']): boolean => folder !== 'triplicate';

const isOk = ({ status }: HttpAnswer): boolean => status >= 200 && status < 300;

/** An answer that was cut off, or is no listing at all, would pass for a shorter one. */
export const parseListing = (bytes: Buffer): Listed[] => {
  let listing: unknown;
  try {
    listing = JSON.parse(bytes.toString());
  } catch (cause) {
    throw new BackupError('UNAVAILABLE', 'the server gives no listing that can be read', { cause });
  }
  // What an empty list becomes in some servers.
  if (listing === null) return [];
  if (!Array.isArray(listing)) throw new BackupError('UNAVAILABLE', 'the server gives no listing');
  return listing.map((entry: unknown) => {
    if (typeof entry === 'string') return { name: entry, size: undefined };
    const { name, size } = (entry ?? {}) as { readonly name?: unknown; readonly size?: unknown };
    if (typeof name === 'string' && Number.isInteger(size)) return { name, size: Number(size) };
    throw new BackupError('UNAVAILABLE', 'an entry of the listing has no name or no size');
  });
};
