/** https://developers.google.com/workspace/drive/api/guides/manage-uploads */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ApiError, type DriveStore, type Metadata, type StoredFile } from './store.ts';

export const chunkUnit = 256 * 1024;

interface Session {
  readonly metadata: Metadata;
  /** What is replaced, if anything is. */
  readonly fileId: string | undefined;
  readonly query: URLSearchParams;
  total: number | undefined;
  parts: Buffer[];
  stored: number;
  done: StoredFile | undefined;
}

export type UploadAnswer =
  | { readonly status: 308; readonly stored: number }
  | { readonly status: 200; readonly file: StoredFile; readonly query: URLSearchParams }
  | { readonly status: 200; readonly session: string }
  | { readonly status: 499 };

export interface UploadOptions {
  /** Keeps at most so many bytes of a chunk; a multiple of 256 KiB. */
  keepOfChunk?: number;
}

export class Uploads {
  readonly sessions = new Map<string, Session>();
  readonly options: UploadOptions;
  readonly #store: DriveStore;

  constructor(store: DriveStore, options: UploadOptions) {
    this.#store = store;
    this.options = options;
  }

  async handle(request: IncomingMessage, query: URLSearchParams, fileId: string | undefined): Promise<UploadAnswer> {
    const sessionId = query.get('upload_id');
    if (sessionId !== null) return this.#continue(sessionId, request);
    if (query.get('uploadType') === 'resumable') return this.#begin(request, query, fileId);
    const body = await readAll(request);
    const [metadata, content] =
      query.get('uploadType') === 'multipart' ? parseMultipart(request.headers['content-type'], body) : [{}, body];
    return { status: 200, file: this.#finish(metadata, content, fileId), query };
  }

  async #begin(request: IncomingMessage, query: URLSearchParams, fileId: string | undefined): Promise<UploadAnswer> {
    const metadata = parseJson(await readAll(request));
    const announced = request.headers['x-upload-content-length'];
    const total = announced === undefined ? undefined : Number(announced);
    if (fileId === undefined) this.#store.checkNew(metadata, total ?? 0);
    else this.#store.get(fileId);
    const id = randomBytes(24).toString('base64url');
    this.sessions.set(id, { metadata, fileId, query, total, parts: [], stored: 0, done: undefined });
    return { status: 200, session: id };
  }

  async #continue(id: string, request: IncomingMessage): Promise<UploadAnswer> {
    const session = this.sessions.get(id);
    if (session === undefined) {
      request.resume();
      throw new ApiError(404, 'notFound', 'Upload session not found');
    }
    if (request.method === 'DELETE') {
      this.sessions.delete(id);
      return { status: 499 };
    }
    const range = request.headers['content-range'] ?? `bytes 0-/${request.headers['content-length']}`;
    const [, asked, from, to, total] = /^bytes (?:(\*)|(\d+)-(\d*))\/(\d+|\*)$/.exec(range) ?? [];
    if (total === undefined) throw new ApiError(400, 'badContent', 'Failed to parse Content-Range header.');
    if (total !== '*') session.total ??= Number(total);
    if (total !== '*' && session.total !== Number(total))
      throw new ApiError(400, 'badContent', 'Another size than announced.');
    if (asked === undefined)
      await this.#take(session, request, { from: Number(from), to: to === '' ? undefined : Number(to) });
    else await readAll(request);
    if (session.done !== undefined) return { status: 200, file: session.done, query: session.query };
    if (session.stored !== session.total) return { status: 308, stored: session.stored };
    session.done = this.#finish(session.metadata, Buffer.concat(session.parts), session.fileId);
    session.parts = [];
    return { status: 200, file: session.done, query: session.query };
  }

  /** What arrives is kept in units of 256 KiB, also when the connection breaks half-way. */
  async #take(
    session: Session,
    request: IncomingMessage,
    { from, to }: { from: number; to: number | undefined },
  ): Promise<void> {
    if (session.done !== undefined) return void (await readAll(request));
    const parts: Buffer[] = [];
    let broken = false;
    try {
      for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    } catch {
      broken = true;
    }
    const chunk = Buffer.concat(parts);
    if (from !== session.stored) throw new ApiError(400, 'badContent', `The upload stands at ${session.stored}.`);
    if (!broken && to !== undefined && chunk.byteLength !== to - from + 1)
      throw new ApiError(400, 'badContent', 'The chunk has another size than its range.');
    const isLast = !broken && from + chunk.byteLength === session.total;
    if (!broken && !isLast && chunk.byteLength % chunkUnit !== 0)
      throw new ApiError(400, 'badContent', 'The chunk is no multiple of 256 KiB.');
    const most = Math.min(chunk.byteLength, this.options.keepOfChunk ?? Infinity);
    const kept = most === chunk.byteLength && isLast ? most : most - (most % chunkUnit);
    session.parts.push(chunk.subarray(0, kept));
    session.stored += kept;
  }

  #finish(metadata: Metadata, content: Buffer, fileId: string | undefined): StoredFile {
    if (fileId === undefined) return this.#store.create(metadata, content);
    const file = this.#store.get(fileId);
    this.#store.update(file, metadata, content);
    return file;
  }
}

export const readAll = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
};

export const parseJson = (body: Buffer): Metadata => {
  try {
    // A client that changes nothing but the parents says `null`.
    return body.byteLength === 0 ? {} : ((JSON.parse(body.toString('utf8')) as Metadata | null) ?? {});
  } catch {
    throw new ApiError(400, 'parseError', 'Parse Error');
  }
};

const parseMultipart = (type: string | undefined, body: Buffer): [Metadata, Buffer] => {
  const [, quoted, plain] = /^multipart\/related;.*boundary=(?:"([^"]+)"|([^;\s]+))/.exec(type ?? '') ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw new ApiError(400, 'badContent', 'Bad content');
  const parts: Buffer[] = [];
  for (let at = body.indexOf(`--${boundary}`); at >= 0;) {
    const begin = at + boundary.length + 2;
    const end = body.indexOf(`\r\n--${boundary}`, begin);
    if (end < 0) break;
    parts.push(body.subarray(body.indexOf('\r\n\r\n', begin) + 4, end));
    at = end + 2;
  }
  const [json, content] = parts;
  if (json === undefined || content === undefined) throw new ApiError(400, 'badContent', 'Malformed multipart body.');
  return [parseJson(json), Buffer.from(content)];
};
