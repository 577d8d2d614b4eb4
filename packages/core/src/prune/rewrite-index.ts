/** An index without the packs that go. */
import { bodyOf, collect } from '../body.ts';
import { sealIndex } from '../engine/index-batches.ts';
import { openIndex } from '../engine/read-index-file.ts';
import { inParallel } from '../in-parallel.ts';
import { BackupError } from '../errors.ts';
import type { IndexPack } from '../repository/index-file.ts';
import { indexKey, mostStoredBytes } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import { objectId } from '../repository/unpacked.ts';

export interface IndexFile {
  readonly id: string;
  /** Ids of the packs that it names. */
  readonly packs: readonly string[];
}

/** restic closes an index at so many blobs. */
const mostBlobs = 50_000;
/** Files of fewer packs are joined when there are many of them: each costs a request whenever the repository is opened. */
const smallFile = 64;
const manySmall = 8;
const filesAtOnce = 8;

/** The files that have to be written anew. */
export const filesToRewrite = (files: readonly IndexFile[], gone: ReadonlySet<string>): IndexFile[] => {
  const touched = files.filter(({ packs }) => packs.some((pack) => gone.has(pack)));
  const small = files.filter((file) => !touched.includes(file) && file.packs.length < smallFile);
  return small.length + touched.length >= manySmall ? [...touched, ...small] : touched;
};

/** Writes what is left of these files; the files themselves stay until `removeFiles`. Gives the names of the new ones. */
export const writeRest = async (
  files: readonly IndexFile[],
  gone: ReadonlySet<string>,
  { replica, signal }: { readonly replica: Replica; readonly signal: AbortSignal },
): Promise<ReadonlySet<string>> => {
  const { destination, masterKey, config } = replica;
  const written = new Set<string>();
  const named = new Set<string>();
  let rest: IndexPack[] = [];
  let blobs = 0;
  const close = async (): Promise<void> => {
    if (rest.length === 0) return;
    const index = sealIndex(rest, masterKey, config.version);
    await destination.put(index.key, bodyOf(index.bytes), { signal });
    written.add(index.id);
    rest = [];
    blobs = 0;
  };
  const read = async ({ id }: IndexFile): Promise<readonly IndexPack[]> => {
    const bytes = await collect(destination.get(indexKey(id), { signal }), mostStoredBytes.index);
    if (objectId(bytes) !== id)
      throw new BackupError('CORRUPT', `index ${id.slice(0, 8)} on "${replica.name}" is damaged`);
    return openIndex(masterKey, bytes);
  };
  const left = files.filter(({ packs }) => packs.some((pack) => !gone.has(pack)));
  for (let at = 0; at < left.length; at += filesAtOnce) {
    const batch = await Promise.all(left.slice(at, at + filesAtOnce).map(read));
    for (const pack of batch.flat()) {
      if (gone.has(pack.id) || named.has(pack.id)) continue;
      named.add(pack.id);
      rest.push(pack);
      blobs += pack.blobs.length;
      if (blobs >= mostBlobs) await close();
    }
  }
  await close();
  return written;
};

export const removeFiles = async (
  files: readonly IndexFile[],
  {
    written,
    replica,
    signal,
  }: { readonly written: ReadonlySet<string>; readonly replica: Replica; readonly signal: AbortSignal },
): Promise<void> => {
  const old = files.filter(({ id }) => !written.has(id));
  await inParallel(old, deletesAtOnce(replica), ({ id }) => replica.destination.delete(indexKey(id), { signal }));
};

/** Of a few bytes each. */
export const deletesAtOnce = ({ destination }: Replica): number => Math.min(8, destination.capabilities.maxConcurrency);
