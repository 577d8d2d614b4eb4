/** The few methods of WebDAV that all servers agree on: https://www.rfc-editor.org/rfc/rfc4918. Never a lock, never `Depth: infinity`. */
import {
  BackupError,
  type Body,
  bodyOf,
  answerContent,
  type GetOptions,
  type HttpAnswer,
  type HttpExchange,
  rangeHeader,
  readAnswer,
} from '@triplicate/core';
import { refusal } from './errors.ts';
import { parseMultistatus, propfindBody, quotaBody, type Resource } from './multistatus.ts';

/** A folder of some hundred thousand objects. */
const mostListBytes = 256 * 1024 * 1024;

export interface WebdavClientOptions {
  readonly exchange: HttpExchange;
  /** Of the folder, with a slash at its end. */
  readonly address: URL;
}

/** Names are keys, or begin with one; the empty one is the folder itself. */
export class WebdavClient {
  readonly #exchange: HttpExchange;
  readonly #address: URL;

  constructor({ address, exchange }: WebdavClientOptions) {
    this.#exchange = exchange;
    this.#address = address;
  }

  /** A file; `undefined` when there is none. */
  async look(name: string, signal: AbortSignal): Promise<Resource | undefined> {
    const [found] = (await this.#propfind(name, '0', signal)) ?? [];
    return found?.isFolder === false ? found : undefined;
  }

  /** What stands in a folder, by name; `undefined` when there is no such folder. */
  async list(folder: string, signal: AbortSignal): Promise<Map<string, Resource> | undefined> {
    const resources = await this.#propfind(folder === '' ? '' : `${folder}/`, '1', signal);
    if (resources === undefined) return undefined;
    const own = new URL(pathOf(folder === '' ? '' : `${folder}/`), this.#address).pathname;
    const members = new Map<string, Resource>();
    for (const resource of resources) {
      const name = memberName(new URL(resource.href, this.#address).pathname, own);
      if (name === undefined) throw new BackupError('UNAVAILABLE', 'the server lists something of another folder');
      if (name !== '') members.set(name, resource);
    }
    return members;
  }

  /** What the server tells of its room. */
  async quota(signal: AbortSignal): Promise<Resource | undefined> {
    return (await this.#propfind('', '0', signal, quotaBody))?.[0];
  }

  async *read(name: string, { range, signal }: GetOptions): AsyncIterable<Uint8Array> {
    const answer = await this.#exchange.send({
      method: 'GET',
      path: pathOf(name),
      headers: rangeHeader(range),
      signal,
    });
    if (answer.status !== 200 && answer.status !== 206) throw await refusal(answer);
    yield* answerContent(answer, range === undefined ? { signal } : { range, signal });
  }

  async write(name: string, body: Body, signal: AbortSignal): Promise<void> {
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = await this.#exchange.send({ method: 'PUT', path: pathOf(name), headers, body, signal });
    await expectOk(answer);
  }

  /** ALREADY_EXISTS where something is, unless it may be replaced. */
  async move(from: string, to: string, { overwrite, signal }: MoveOptions): Promise<void> {
    const destination = new URL(pathOf(to), this.#address).href;
    const headers = { destination, overwrite: overwrite ? 'T' : 'F' };
    await expectOk(await this.#exchange.send({ method: 'MOVE', path: pathOf(from), headers, signal }));
  }

  /** Makes a folder, and those above it that are not there, up to the folder of the address. */
  async makeFolder(folder: string, signal: AbortSignal): Promise<void> {
    const path = folder === '' ? '' : pathOf(`${folder}/`);
    const answer = await this.#exchange.send({ method: 'MKCOL', path, signal });
    if (answer.status === 405 || isOk(answer)) return void answer.content.resume();
    const missingParent = answer.status === 409 || answer.status === 404;
    if (!missingParent || folder === '') throw await refusal(answer);
    answer.content.resume();
    await this.makeFolder(folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '', signal);
    await expectOk(await this.#exchange.send({ method: 'MKCOL', path, signal }), [405]);
  }

  /** A folder of this name goes with everything in it: who cannot know that it is a file looks first. */
  async remove(name: string, signal: AbortSignal): Promise<void> {
    await expectOk(await this.#exchange.send({ method: 'DELETE', path: pathOf(name), signal }), [404, 409, 410]);
  }

  async #propfind(
    name: string,
    depth: '0' | '1',
    signal: AbortSignal,
    question = propfindBody,
  ): Promise<Resource[] | undefined> {
    const headers = { depth, 'content-type': 'application/xml; charset=utf-8' };
    const body = bodyOf(question);
    const answer = await this.#exchange.send({ method: 'PROPFIND', path: pathOf(name), headers, body, signal });
    if (answer.status === 404 || answer.status === 410) {
      answer.content.resume();
      return undefined;
    }
    if (answer.status !== 207) throw await refusal(answer);
    return parseMultistatus(await readAnswer(answer, mostListBytes));
  }
}

export interface MoveOptions {
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
}

/** nginx does not list names that begin with a dot; a key has no `~`, so such a name is free. */
const pathOf = (name: string): string =>
  name
    .split('/')
    .map((part) => encodeURIComponent(part.startsWith('.') ? `~${part}` : part))
    .join('/');

const isOk = ({ status }: HttpAnswer): boolean => status >= 200 && status < 300 && status !== 207;

const expectOk = async (answer: HttpAnswer, also: readonly number[] = []): Promise<void> => {
  if (!isOk(answer) && !also.includes(answer.status)) throw await refusal(answer);
  answer.content.resume();
};

/** Empty for the folder itself; `undefined` for what does not stand right in it. */
const memberName = (path: string, folder: string): string | undefined => {
  const decoded = decode(path);
  const own = decode(folder);
  if (decoded === own || `${decoded}/` === own) return '';
  if (!decoded.startsWith(own)) return undefined;
  const name = decoded.slice(own.length).replace(/\/$/, '');
  return name.includes('/') ? undefined : name.replace(/^~(?=\.)/, '');
};

const decode = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    // Not ours: no key looks like this.
    return path;
  }
};
