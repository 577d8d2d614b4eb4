import { BackupError, type Body, bodyOf, exactParts, isBackupError } from '@triplicate/core';
import { readJson } from './client.ts';
import { refusal, translate } from './errors.ts';
import type { DriveItem } from './items.ts';
import type { Place } from './place.ts';
import { conflictBehavior, type Uploaded, type WriteOptions } from './writing.ts';
import { QuickXorHash } from './quick-xor-hash.ts';
import { arrivedIn, cancel, nextOffset, type UploadSession } from './sessions.ts';

/**
 * https://learn.microsoft.com/en-us/graph/api/driveitem-createuploadsession: one part after the other. An upload that broke off goes on where
 * it was when the same object is put again; the hash of the whole shows whether it was the same.
 */
export const uploadParts = async (place: Place, key: string, body: Body, options: WriteOptions): Promise<Uploaded> => {
  const { client, sessions } = place;
  const wanted = { key, size: body.size, onlyIfAbsent: options.onlyIfAbsent };
  const { offset, url } = await openSession(place, sessions.take(wanted), key, options);
  try {
    return await sendParts(place, body, { url, offset, signal: options.signal });
  } catch (error) {
    // Known only after it was translated; what it was about is said by the caller.
    if (!options.signal.aborted && translate(error, '').retryable) sessions.keep(wanted, url);
    else await cancel(client, url);
    throw error;
  }
};

interface Upload {
  readonly url: string;
  /** So much has arrived before. */
  readonly offset: number;
  readonly signal: AbortSignal;
}

const openSession = async (
  { client, items }: Place,
  known: string | undefined,
  key: string,
  options: WriteOptions,
): Promise<Pick<Upload, 'url' | 'offset'>> => {
  const { signal } = options;
  const arrived = known === undefined ? undefined : await arrivedIn(client, known, signal);
  if (known !== undefined && arrived !== undefined) return { url: known, offset: arrived };
  const session = await client.ask<Partial<UploadSession> | undefined>({
    method: 'POST',
    path: `${items.path(key)}/createUploadSession`,
    body: { item: { '@microsoft.graph.conflictBehavior': conflictBehavior(options) } },
    signal,
  });
  if (typeof session?.uploadUrl !== 'string') throw refusal(200, {}, undefined);
  return { url: session.uploadUrl, offset: 0 };
};

const sendParts = async (place: Place, body: Body, { offset, signal, url }: Upload): Promise<Uploaded> => {
  const hash = new QuickXorHash();
  let start = 0;
  let next = offset;
  let item: DriveItem | undefined;
  for await (const part of exactParts(body, place.partSize, signal)) {
    hash.update(part);
    const end = start + part.byteLength;
    // OneDrive may take less than it was given.
    while (next < end && item === undefined) {
      const rest = part.subarray(next - start);
      const told = await sendPart(place, rest, { url, signal, range: `bytes ${next}-${end - 1}/${body.size}` });
      if ('item' in told) item = told.item;
      else if (told.next > next && told.next <= end) next = told.next;
      else throw new BackupError('UNAVAILABLE', 'the upload has to begin anew', { context: { status: 202 } });
    }
    start = end;
  }
  if (item === undefined) throw new BackupError('UNAVAILABLE', 'the upload did not come to its end');
  return { item, hash: hash.digest() };
};

interface Part {
  readonly url: string;
  readonly range: string;
  readonly signal: AbortSignal;
}

/** Answers 202 until the last part has arrived. The address speaks for us: with the token of the account it says no. */
const sendPart = async (
  { client }: Place,
  content: Buffer,
  { range, signal, url }: Part,
): Promise<{ readonly item: DriveItem } | { readonly next: number }> => {
  const headers = { 'content-range': range };
  const answer = await client.askOpen({ method: 'PUT', url, headers, body: bodyOf(content), signal });
  if (answer.status === 416) {
    // It has arrived before, and only the answer got lost.
    answer.content.resume();
    const next = await arrivedIn(client, url, signal);
    if (next !== undefined) return { next };
    throw new BackupError('UNAVAILABLE', 'the upload has to begin anew', { context: { status: 416 } });
  }
  let told: unknown;
  try {
    told = await readJson(answer);
  } catch (error) {
    if (!isBackupError(error, 'NOT_FOUND')) throw error;
    throw new BackupError('UNAVAILABLE', 'the upload has to begin anew', { context: error.context });
  }
  if (answer.status !== 202) return { item: told as DriveItem };
  return { next: nextOffset(told) ?? -1 };
};
