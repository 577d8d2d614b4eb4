/** The calls of Drive that are made: https://developers.google.com/workspace/drive/api/reference/rest/v3 */
import type { drive_v3 } from '@googleapis/drive';
import {
  BackupError,
  type Clock,
  type GetOptions,
  onePage,
  rangeHeader,
  readAnswer,
  type Space,
} from '@triplicate/core';
import type { Readable } from 'node:stream';
import type { GoogleAnswer, GoogleClient } from './client.ts';
import { type DriveFile, fileFields, folderType, type NewFile, toFile } from './drive-file.ts';
import { isMissing, reasonOf, statusOf, translate } from './errors.ts';

const api = 'https://www.googleapis.com/drive/v3';
const pageSize = 1000;
const idsAtOnce = 100;
const mostErrorBytes = 64 * 1024;
const everywhere = { supportsAllDrives: true, includeItemsFromAllDrives: true } as const;

export interface DriveOptions {
  readonly client: GoogleClient;
  readonly sharedDrive: string | undefined;
}

export interface FindOptions {
  readonly signal: AbortSignal;
  /** The clock to wait by before a page is asked for again. */
  readonly patience?: Clock | undefined;
}

interface Page {
  readonly files: readonly DriveFile[];
  readonly next: string | undefined;
}

export class Drive {
  readonly client: GoogleClient;
  readonly #scope: Readonly<Record<string, string>>;
  #ids: string[] = [];

  constructor({ client, sharedDrive }: DriveOptions) {
    this.client = client;
    this.#scope = sharedDrive === undefined ? {} : { corpora: 'drive', driveId: sharedDrive };
  }

  /** All files that `q` matches, or an error: never a part of them. With `patience` a page is asked for again, for a listing has many. */
  async *find(q: string, { patience, signal }: FindOptions): AsyncIterable<DriveFile> {
    const seen = new Set<string>();
    for (let pageToken: string | undefined; ;) {
      const more = pageToken === undefined ? {} : { pageToken };
      const fields = `nextPageToken,incompleteSearch,files(${fileFields})`;
      const question = { q, pageSize, fields, spaces: 'drive', ...everywhere, ...this.#scope, ...more };
      const ask = (): Promise<Page> => this.#page(question, signal);
      const page = await (patience === undefined ? ask() : onePage(ask, { clock: patience, signal }));
      yield* page.files;
      pageToken = page.next;
      if (pageToken === undefined) return;
      if (seen.has(pageToken)) throw senseless();
      seen.add(pageToken);
    }
  }

  async #page(question: drive_v3.Params$Resource$Files$List, signal: AbortSignal): Promise<Page> {
    try {
      const { data } = await this.client.call(() => this.client.api.files.list(question, { signal }));
      if (!Array.isArray(data?.files) || data.incompleteSearch === true) throw senseless();
      return { files: data.files.map(toFile), next: data.nextPageToken ?? undefined };
    } catch (error) {
      throw translate(error, '');
    }
  }

  /** A file by its id, at once after it was written; `undefined` for none, and for one in the trash. */
  async look(fileId: string, signal: AbortSignal): Promise<DriveFile | undefined> {
    try {
      const question = { fileId, fields: fileFields, supportsAllDrives: true };
      const { data } = await this.client.call(() => this.client.api.files.get(question, { signal }));
      const file = toFile(data);
      return file.trashed ? undefined : file;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** With an id of `newId`: made again, it is the same folder. */
  async makeFolder({ id, name, parent }: NewFile, signal: AbortSignal): Promise<void> {
    const requestBody = { id, name, mimeType: folderType, parents: [parent] };
    const question = { requestBody, fields: 'id', supportsAllDrives: true };
    try {
      await this.client.call(() => this.client.api.files.create(question, { signal }));
    } catch (error) {
      if (statusOf(error) !== 409) throw error;
    }
  }

  /** For good where the account may; into the trash where it may only that (members of shared drives). */
  async remove(fileId: string, signal: AbortSignal): Promise<void> {
    const { files } = this.client.api;
    const question = { fileId, supportsAllDrives: true };
    try {
      await this.client.call(() => files.delete(question, { signal }));
    } catch (error) {
      if (isMissing(error)) return;
      if (statusOf(error) !== 403 || reasonOf(error) !== 'insufficientFilePermissions') throw error;
      await this.client.call(() => files.update({ ...question, requestBody: { trashed: true } }, { signal }));
    }
  }

  /** An id that no file has yet: a file that is created twice with it is created once. */
  async newId(signal: AbortSignal): Promise<string> {
    const known = this.#ids.pop();
    if (known !== undefined) return known;
    const question = { count: idsAtOnce, space: 'drive', type: 'files' };
    const { data } = await this.client.call(() => this.client.api.files.generateIds(question, { signal }));
    const [first, ...others] = data?.ids ?? [];
    if (first === undefined) throw senseless();
    this.#ids.push(...others);
    return first;
  }

  /** The content of a file as Google answers it, with status 200 or 206. */
  read(fileId: string, { range, signal }: GetOptions): Promise<GoogleAnswer<Readable>> {
    const url = `${api}/files/${encodeURIComponent(fileId)}?alt=media&supportsAllDrives=true`;
    // Nothing on the way may change how many bytes come.
    const headers = { 'accept-encoding': 'identity', ...rangeHeader(range) };
    const validateStatus = (): boolean => true;
    return this.client.call(async () => {
      const answer = await this.client.request<Readable>({
        url,
        headers,
        signal,
        responseType: 'stream',
        validateStatus,
      });
      if (answer.status === 200 || answer.status === 206) return answer;
      // The library loses what Google says when a stream was asked for.
      const { headers: told, status } = answer;
      const data = (await readAnswer({ status, headers: {}, content: answer.data }, mostErrorBytes)).toString('utf8');
      throw Object.assign(new Error('a refusal'), { response: { status, headers: told, data } });
    });
  }

  /** `undefined` where there is no limit, or none that Google tells. */
  async space(signal: AbortSignal): Promise<Space | undefined> {
    const { data } = await this.client.call(() => this.client.api.about.get({ fields: 'storageQuota' }, { signal }));
    const { limit, usage } = data?.storageQuota ?? {};
    if (!limit || !usage || 'driveId' in this.#scope) return undefined;
    return { freeBytes: Math.max(0, Number(limit) - Number(usage)), totalBytes: Number(limit) };
  }
}

/** In the language of `q`: https://developers.google.com/workspace/drive/api/guides/search-files */
export const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export const inFolders = (ids: readonly string[]): string =>
  `(${ids.map((id) => `${quoted(id)} in parents`).join(' or ')}) and trashed = false`;

const senseless = (): BackupError => new BackupError('UNAVAILABLE', 'Google gives a listing that cannot be relied on');
