import { answerContent, BackupError, type GetOptions, type HttpAnswer } from '@triplicate/core';
import { parse } from './client.ts';
import { ContentHash } from './content-hash.ts';
import { lookAt } from './look.ts';
import type { Place } from './place.ts';

/** The bytes of an object, or exactly those of a range. A whole object is held against the hash that Dropbox keeps of it: CORRUPT at its end. */
export async function* getFile(place: Place, key: string, options: GetOptions): AsyncIterable<Uint8Array> {
  const { range } = options;
  if (range?.length === 0) return await assertInside(place, key, options);
  const answer = await place.client.download(place.names.path(key), options);
  const hash = new ContentHash();
  for await (const piece of answerContent(answer, options)) {
    if (range === undefined) hash.update(piece);
    yield piece;
  }
  const expected = hashOf(answer);
  if (range !== undefined || expected === undefined || hash.digest() === expected) return;
  throw new BackupError('CORRUPT', `what came of "${key}" from ${place.label} is not what Dropbox says it has`);
}

/** The description of the file comes in a header: https://www.dropbox.com/developers/documentation/http/documentation#formats */
const hashOf = ({ headers }: HttpAnswer): string | undefined => {
  const told = parse(String(headers['dropbox-api-result'])) as { readonly content_hash?: unknown } | string | null;
  return typeof told === 'object' && typeof told?.content_hash === 'string' ? told.content_hash : undefined;
};

const assertInside = async (place: Place, key: string, { range, signal }: GetOptions): Promise<void> => {
  const file = await lookAt(place, key, signal);
  if (file === undefined) throw new BackupError('NOT_FOUND', `no object "${key}" in ${place.label}`);
  if ((range?.offset ?? 0) > file.size) throw new BackupError('INVALID_RANGE', `"${key}" ends before ${range?.offset}`);
};
