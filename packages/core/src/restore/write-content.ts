import { closeSync, ftruncateSync } from 'node:fs';
import type { ByteName, BytePath } from '../bytes.ts';
import { BackupError, throwIfAborted } from '../errors.ts';
import type { Folder } from '../posix/folder.ts';
import type { Node } from '../repository/node.ts';
import { ContentFailure, type RestoreContext } from './context.ts';
import { createAnew } from './create-anew.ts';
import { type BlobPlace, blobPlaces, blobsThere, openLeftover, readBlob } from './reuse.ts';
import { writeAt } from './sparse.ts';

export interface Target {
  /** In the snapshot, for people. */
  readonly path: BytePath;
  readonly folder: Folder;
  readonly name: ByteName;
  /** Under which it is written. */
  readonly partial: ByteName;
}

/**
 * Writes the content of a file under its partial name and gives it open; the caller closes it. Blobs that stand already in what a killed
 * restore left, or in the file that is about to be replaced, are not fetched.
 */
export const writeContent = async (target: Target, node: Node, context: RestoreContext): Promise<number> => {
  const places = blobPlaces(node, context.content.sizes?.(node));
  const { fd, skip, fresh } = await begin(target, places, context);
  try {
    const written = await writeBlobs(fd, node, { context, path: target.path, places, skip, fresh });
    if (context.options.verify === true) await verify(fd, written, context);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};

interface Begun {
  readonly fd: number;
  readonly skip: ReadonlySet<number>;
  /** Nothing was in it. */
  readonly fresh: boolean;
}

const begin = async (
  target: Target,
  places: readonly BlobPlace[] | undefined,
  context: RestoreContext,
): Promise<Begun> => {
  const { folder, partial } = target;
  const { signal } = context;
  const leftover = places && openLeftover(folder, partial);
  if (places && leftover !== undefined)
    return { fd: leftover, skip: await blobsThere(leftover, places, { signal }), fresh: false };
  const fd = createAnew(folder, partial);
  const standing = places && tryOpen(target);
  if (places === undefined || standing === undefined) return { fd, skip: new Set(), fresh: true };
  try {
    const skip = await blobsThere(standing, places, { signal, into: fd });
    return { fd, skip, fresh: true };
  } catch (error) {
    closeSync(fd);
    throw error;
  } finally {
    closeSync(standing);
  }
};

const tryOpen = ({ folder, name }: Target): number | undefined => {
  try {
    return folder.openFile(name, 'read');
  } catch {
    return undefined;
  }
};

interface BlobWriting {
  readonly path: BytePath;
  readonly context: RestoreContext;
  readonly places: readonly BlobPlace[] | undefined;
  readonly skip: ReadonlySet<number>;
  /** Nothing was in the file. */
  readonly fresh: boolean;
}

/** Gives where each blob stands now, when it is to be read back. */
const writeBlobs = async (fd: number, node: Node, writing: BlobWriting): Promise<readonly BlobPlace[]> => {
  const { context, path, places, skip, fresh } = writing;
  const { signal, tally } = context;
  const sparse = fresh && context.options.sparse !== false;
  const written: BlobPlace[] = [];
  const blobs = context.content.open(node, { signal, skip })[Symbol.asyncIterator]();
  let offset = 0;
  let end = 0;
  try {
    for (const [index, id] of (node.content ?? []).entries()) {
      throwIfAborted(signal);
      const known = skip.has(index) ? places?.[index] : undefined;
      const bytes = known === undefined ? await next(blobs) : undefined;
      const size = bytes?.byteLength ?? known?.size ?? 0;
      if (bytes) end = await writeAt(fd, bytes, { offset, sparse });
      if (context.options.verify === true) written.push({ index, id, offset, size });
      offset += size;
      tally.bytes += size;
      tally.progress(path);
    }
  } catch (error) {
    tally.bytes -= offset;
    throw error;
  } finally {
    await blobs.return?.();
  }
  // A hole at the end, or what a longer file left.
  if (end !== offset || !fresh) ftruncateSync(fd, offset);
  return written;
};

const next = async (blobs: AsyncIterator<Uint8Array>): Promise<Uint8Array> => {
  try {
    const result = await blobs.next();
    if (result.done !== true) return result.value;
  } catch (error) {
    throw new ContentFailure(error);
  }
  throw new ContentFailure(new BackupError('CORRUPT', 'the content ended before its last blob'));
};

const verify = async (fd: number, written: readonly BlobPlace[], { signal }: RestoreContext): Promise<void> => {
  for (const place of written) {
    throwIfAborted(signal);
    if ((await readBlob(fd, place)) === undefined)
      throw new BackupError('CORRUPT', `what was written is not what is read back, at byte ${place.offset}`, {
        hint: 'Check the disk that is restored to.',
        context: { blob: place.id },
      });
  }
};
