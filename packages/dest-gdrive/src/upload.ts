/** https://developers.google.com/workspace/drive/api/guides/manage-uploads */
import { createHash, type Hash, randomUUID } from 'node:crypto';
import { BackupError, type Body, exactBuffer, exactBytes, exactParts } from '@triplicate/core';
import type { GoogleAnswer, GoogleClient } from './client.ts';
import type { NewFile } from './drive-file.ts';
import { isMissing, statusOf } from './errors.ts';

const uploads = 'https://www.googleapis.com/upload/drive/v3/files';
/** Up to here, content and description go in one request. */
const smallBytes = 5 * 1024 * 1024;

/** What is known of an upload that has not ended, to go on with it when the call is made again. */
export interface Unfinished {
  readonly id: string;
  /** The address of the session, where there is one; good for a week. */
  session?: string | undefined;
}

export interface UploadOptions {
  readonly client: GoogleClient;
  readonly chunkSize: number;
  readonly signal: AbortSignal;
  readonly unfinished: Unfinished;
}

/** Sends the content of a new file; gives back the SHA-256 and MD5 of what was sent, to be compared with what arrived. */
export const upload = async (file: NewFile, body: Body, options: UploadOptions): Promise<Digests> => {
  if (body.size <= Math.min(smallBytes, options.chunkSize)) return atOnce(file, body, options);
  return inChunks(file, body, options);
};

export interface Digests {
  readonly sha256: string;
  readonly md5: string;
}

/** Both: shared drives and old files may lack one of them. */
class Digester {
  readonly #hashes: readonly Hash[] = [createHash('sha256'), createHash('md5')];

  add(bytes: Uint8Array): void {
    for (const hash of this.#hashes) hash.update(bytes);
  }

  end(): Digests {
    const [sha256 = '', md5 = ''] = this.#hashes.map((hash) => hash.digest('hex'));
    return { sha256, md5 };
  }
}

export const digestsOf = async (body: Body, signal: AbortSignal): Promise<Digests> => {
  const digester = new Digester();
  for await (const piece of exactBytes(body, signal)) digester.add(piece);
  return digester.end();
};

const describe = ({ id, name, parent }: NewFile): string =>
  JSON.stringify({ id, name, parents: [parent], mimeType: 'application/octet-stream' });

const query = 'supportsAllDrives=true&fields=id';

const atOnce = async (file: NewFile, body: Body, { client, signal }: UploadOptions): Promise<Digests> => {
  const content = await exactBuffer(body, signal);
  const digester = new Digester();
  digester.add(content);
  const boundary = randomUUID();
  const json = `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${describe(file)}\r\n`;
  const before = `${json}--${boundary}\r\ncontent-type: application/octet-stream\r\n\r\n`;
  const data = Buffer.concat([Buffer.from(before), content, Buffer.from(`\r\n--${boundary}--`)]);
  const headers = {
    'content-type': `multipart/related; boundary=${boundary}`,
    'content-length': String(data.byteLength),
  };
  const url = `${uploads}?uploadType=multipart&${query}`;
  await client.call(() => client.request({ url, method: 'POST', headers, data, signal }));
  return digester.end();
};

const inChunks = async (file: NewFile, body: Body, options: UploadOptions): Promise<Digests> => {
  const { chunkSize, unfinished } = options;
  // What an attempt before has brought there is not sent again.
  let stored = unfinished.session === undefined ? 0 : await askStored(body.size, options);
  unfinished.session ??= await begin(file, body.size, options);
  const digester = new Digester();
  let position = 0;
  for await (const chunk of exactParts(body, chunkSize, options.signal)) {
    digester.add(chunk);
    const end = position + chunk.byteLength;
    // Google may keep less of a chunk than it was sent.
    while (stored < end) {
      if (stored < position) throw new BackupError('UNAVAILABLE', 'Google has lost a part of the upload');
      const next = await sendChunk(chunk.subarray(stored - position), { from: stored, total: body.size }, options);
      if (next <= stored) throw new BackupError('UNAVAILABLE', 'Google takes nothing more of the upload');
      stored = next;
    }
    position = end;
  }
  return digester.end();
};

const begin = async (file: NewFile, size: number, { client, signal }: UploadOptions): Promise<string> => {
  const headers = {
    'content-type': 'application/json; charset=UTF-8',
    'x-upload-content-type': 'application/octet-stream',
    'x-upload-content-length': String(size),
  };
  const url = `${uploads}?uploadType=resumable&${query}`;
  const data = describe(file);
  const answer = await client.call(() => client.request({ url, method: 'POST', headers, data, signal }));
  const session = answer.headers.get('location');
  if (!session || !URL.canParse(session))
    throw new BackupError('UNAVAILABLE', 'Google gives no address for the upload');
  return session;
};

interface Span {
  readonly from: number;
  readonly total: number;
}

/** How much of the content is there then. */
const sendChunk = async (chunk: Buffer, { from, total }: Span, options: UploadOptions): Promise<number> => {
  const range = `bytes ${from}-${from + chunk.byteLength - 1}/${total}`;
  return storedAfter(await put(chunk, range, options), total);
};

/** 0 when the session is over: a new one begins then. */
const askStored = async (total: number, options: UploadOptions): Promise<number> => {
  try {
    return storedAfter(await put(Buffer.alloc(0), `bytes */${total}`, options), total);
  } catch (error) {
    if (options.unfinished.session !== undefined) throw error;
    return 0;
  }
};

const put = async (data: Buffer, range: string, { client, signal, unfinished }: UploadOptions) => {
  const headers = { 'content-range': range, 'content-length': String(data.byteLength) };
  const url = unfinished.session ?? '';
  const validateStatus = (status: number): boolean => status === 308 || (status >= 200 && status < 300);
  try {
    return await client.call(() =>
      client.request({ url, method: 'PUT', headers, data, signal, validateStatus, redirect: 'manual' }),
    );
  } catch (error) {
    if (!isMissing(error) && statusOf(error) !== 410) throw error;
    unfinished.session = undefined;
    throw new BackupError('UNAVAILABLE', 'the upload has to begin anew', {
      context: { status: statusOf(error) ?? 404 },
    });
  }
};

const storedAfter = ({ headers, status }: GoogleAnswer<unknown>, total: number): number => {
  if (status !== 308) return total;
  const range = headers.get('range');
  if (range === null) return 0;
  const [, last] = /^bytes=0-(\d+)$/.exec(range) ?? [];
  if (last === undefined || Number(last) >= total)
    throw new BackupError('UNAVAILABLE', 'Google gives a senseless range');
  return Number(last) + 1;
};

/** Nobody will go on with it. Nothing that fails here matters: Google forgets it after a week. */
export const abandon = async ({ session }: Unfinished, client: GoogleClient): Promise<void> => {
  if (session === undefined) return;
  const request = {
    url: session,
    method: 'DELETE',
    validateStatus: () => true,
    signal: AbortSignal.timeout(10_000),
  } as const;
  await client.request(request).catch(() => undefined);
};
