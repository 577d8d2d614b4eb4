import { answerContent, BackupError, type GetOptions, isBackupError, rangeHeader } from '@triplicate/core';
import { readJson } from './client.ts';
import { lookAt, type StoredFile } from './items.ts';
import type { Place } from './place.ts';
import { QuickXorHash } from './quick-xor-hash.ts';

/** The bytes of an object, or exactly those of a range. A whole object is held against the hash that OneDrive keeps of it: CORRUPT at its end. */
export async function* getFile(place: Place, key: string, options: GetOptions): AsyncIterable<Uint8Array> {
  const { range, signal } = options;
  const { client, items, label } = place;
  const file = await lookAt(client, items.path(key), signal);
  if (file === undefined) throw new BackupError('NOT_FOUND', `no object "${key}" in ${label}`);
  if (range !== undefined && range.offset + range.length > file.size) {
    throw new BackupError('INVALID_RANGE', `"${key}" has no ${range.length} bytes from ${range.offset} on`);
  }
  if (range?.length === 0 || file.size === 0) return;
  const hash = new QuickXorHash();
  for await (const piece of download(place, file, options)) {
    if (range === undefined) hash.update(piece);
    yield piece;
  }
  const expected = file.file?.hashes?.quickXorHash;
  if (range !== undefined || expected === undefined) return;
  const digest = hash.digest();
  if (digest === expected || digest === (await hashNow(place, key, signal))) return;
  throw new BackupError('CORRUPT', `what came of "${key}" from ${label} is not what OneDrive says it has`);
}

/** What was replaced after it was looked at comes as it is now. */
const hashNow = async ({ client, items }: Place, key: string, signal: AbortSignal): Promise<string | undefined> =>
  (await lookAt(client, items.path(key), signal))?.file?.hashes?.quickXorHash;

/** From an address that is good for an hour and lets in whoever has it: https://learn.microsoft.com/en-us/graph/api/driveitem-get-content */
async function* download({ client }: Place, file: StoredFile, options: GetOptions): AsyncIterable<Uint8Array> {
  const url = file['@microsoft.graph.downloadUrl'];
  if (url === undefined) throw new BackupError('UNAVAILABLE', 'OneDrive gives no address to read from');
  const headers = rangeHeader(options.range);
  const answer = await client.askOpen({ method: 'GET', url, headers, signal: options.signal });
  if (answer.status === 200 || answer.status === 206) return yield* answerContent(answer, options);
  try {
    await readJson(answer);
  } catch (error) {
    const gone = isBackupError(error) && (error.code === 'AUTH' || error.code === 'NOT_FOUND');
    if (!gone) throw error;
    throw new BackupError('UNAVAILABLE', 'the address to read from is not good any more', { context: error.context });
  }
  throw new BackupError('UNAVAILABLE', 'the answer has no content', { context: { status: answer.status } });
}
