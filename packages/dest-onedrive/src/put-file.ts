import { BackupError, type Body, bodyOf, exactBuffer, isBackupError, notKept, type ObjectInfo } from '@triplicate/core';
import { type DriveItem, modifiedOf } from './items.ts';
import type { Place } from './place.ts';
import { QuickXorHash } from './quick-xor-hash.ts';
import { uploadParts } from './upload-parts.ts';
import { conflictBehavior, type Uploaded, type WriteOptions } from './writing.ts';

/** What OneDrive has always taken at once; the pages differ about more. */
const atOnceBytes = 4 * 1024 * 1024;

/** Writes a file, at once or in parts, and holds the hash that OneDrive tells of it against our own. Nothing is seen of it before the end. */
export const putFile = async (place: Place, key: string, body: Body, options: WriteOptions): Promise<ObjectInfo> => {
  const { hash, item } = await (body.size <= atOnceBytes ? upload : uploadParts)(place, key, body, options).catch(
    (error: unknown) => {
      // Two writers that make the same folder are in one another's way.
      if (options.onlyIfAbsent || !isBackupError(error, 'ALREADY_EXISTS')) throw error;
      throw new BackupError('UNAVAILABLE', 'somebody else writes there', { context: error.context, cause: error });
    },
  );
  const told = item.file?.hashes?.quickXorHash;
  if (item.size === body.size && (told === undefined || told === hash)) {
    return { key, size: body.size, modified: modifiedOf(item) ?? place.clock.now() };
  }
  await removeDamaged(place, item);
  throw notKept('the content was damaged on its way', { status: 200 });
};

const upload = async (place: Place, key: string, body: Body, options: WriteOptions): Promise<Uploaded> => {
  const content = await exactBuffer(body, options.signal);
  const item = await place.client.ask<DriveItem>({
    method: 'PUT',
    path: `${place.items.path(key)}/content?@microsoft.graph.conflictBehavior=${conflictBehavior(options)}`,
    body: bodyOf(content),
    signal: options.signal,
  });
  return { item, hash: new QuickXorHash().update(content).digest() };
};

const givingUpMs = 10_000;

/** OneDrive looks at no hash of ours: what came to harm stands under its name until it is taken away. */
const removeDamaged = async ({ client }: Place, { eTag, id }: DriveItem): Promise<void> => {
  const headers: Record<string, string> = eTag === undefined ? {} : { 'if-match': eTag };
  const path = `me/drive/items/${encodeURIComponent(id)}`;
  await client.ask({ method: 'DELETE', path, headers, signal: AbortSignal.timeout(givingUpMs) }).catch(() => undefined);
};
