import type { Dropbox, DropboxResponse, files } from 'dropbox';
import {
  BackupError,
  type CallOptions,
  isBackupError,
  type ObjectInfo,
  onePage,
  throwIfAborted,
} from '@triplicate/core';
import { asRefusal, translate } from './errors.ts';
import { isMissing } from './look.ts';
import type { Place } from './place.ts';

export interface ListOptions {
  readonly prefix: string;
  readonly signal: AbortSignal;
}

/** Dropbox's own limit (ListFolderArg in files.stone of https://github.com/dropbox/dropbox-api-spec). */
const pageSize = 2000;

/** All objects with the prefix, page by page, or an error. What is written meanwhile may come a second time on a later page. */
export async function* listFiles(place: Place, options: ListOptions): AsyncIterable<ObjectInfo> {
  const { prefix, signal } = options;
  const seen = new Set<string>();
  for await (const entry of entries(place, options)) {
    throwIfAborted(signal);
    if (entry['.tag'] !== 'file') continue;
    const key = place.names.key(entry.path_lower ?? '');
    if (key === undefined || !key.startsWith(prefix) || seen.has(key)) continue;
    seen.add(key);
    yield { key, size: entry.size, modified: new Date(entry.server_modified) };
  }
}

/** Everything below the deepest folder that all objects with the prefix have in common. */
async function* entries({ client, clock, label, names }: Place, { prefix, signal }: ListOptions) {
  const path = names.path(prefix.slice(0, Math.max(0, prefix.lastIndexOf('/'))));
  const what = `cannot list "${prefix}" in ${label}`;
  const read = async (ask: Ask): Promise<Page> => {
    const page = await onePage(() => readPage(client.call(ask, signal)), {
      clock,
      signal,
      translate: (error) => translate(error, what),
    });
    if (page !== 'reset') return page;
    throw new BackupError('UNAVAILABLE', `${what}: it has to begin anew`, { context: { status: 409 } });
  };
  let page: Page;
  try {
    const argument = { path, recursive: true, limit: pageSize };
    page = await read((api, options) => api.filesListFolder(argument, options));
  } catch (error) {
    // The first write makes the folder. One that vanishes later breaks the listing off.
    if (isMissing(error)) return;
    throw error;
  }
  for (;;) {
    yield* page.entries;
    if (!page.has_more) return;
    const { cursor } = page;
    page = await read((api, options) => api.filesListFolderContinue({ cursor }, options));
  }
}

type Page = files.ListFolderResult;
type Ask = (api: Dropbox, options: CallOptions) => Promise<DropboxResponse<Page>>;

/** A cursor that is worth nothing any more is not asked for again. */
const readPage = async (asked: Promise<Page | null>): Promise<Page | 'reset'> => {
  try {
    const page = await asked;
    if (Array.isArray(page?.entries)) return page;
  } catch (error) {
    const refused = asRefusal(error);
    if (isBackupError(refused) && refused.context['service'] === 'reset') return 'reset';
    throw error;
  }
  throw new BackupError('UNAVAILABLE', 'this is no listing', { context: { status: 200 } });
};
