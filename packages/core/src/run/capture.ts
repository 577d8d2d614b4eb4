/** One source into one tree, with its packs on their way to every lane. */
import type { BytePath } from '../bytes.ts';
import { textFromBytes } from '../bytes.ts';
import type { SealingPool } from '../engine/sealing-pool.ts';
import type { BackupError } from '../errors.ts';
import type { SourceProgress } from '../events.ts';
import { TreeBuilder } from '../snapshot/tree-builder.ts';
import type { BuilderCounts } from '../snapshot/directory.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { StoredSnapshot } from '../snapshot/snapshot-reader.ts';
import { TreeReader } from '../snapshot/tree-reader.ts';
import type { ExpectedTotal, Source } from '../source/source.ts';
import { attributesReadAt } from './attributes-read.ts';
import { noteInCatalog } from './note.ts';
import { removedFiles } from './removed-files.ts';
import type { Session } from './session.ts';
import { cutsAsRestic, effectiveChain } from './transform-setup.ts';

export interface Captured {
  readonly tree: string;
  readonly counts: BuilderCounts;
  /** Files of the previous snapshot that are not there any more; absent when it does not tell how many it has. */
  readonly removed?: number | undefined;
  readonly incomplete: string | undefined;
  /** Why its content is all new, as the source explains it. */
  readonly renewed?: string | undefined;
  readonly unreadable: readonly { readonly path: BytePath; readonly error: BackupError }[];
}

export interface CaptureParts {
  readonly session: Session;
  readonly pool: SealingPool;
  readonly source: { readonly name: string; readonly opened: Source };
  readonly previous: ListedSnapshot | undefined;
  /** Everything is read, and the previous snapshot tells only what is new of it. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  readonly inMemory: (pack: number) => Uint8Array | undefined;
  readonly freeBytes: () => Promise<number | undefined>;
  /** How much the source has in all, when it has counted. */
  readonly onExpect?: (bytes: number) => void;
  /** Told bytes that workers have read of files that are not finished. */
  readonly onProgress: (listener: (bytes: number) => void) => void;
}

export const captureSource = async (parts: CaptureParts): Promise<Captured> => {
  const { session, pool, source, previous, signal } = parts;
  const { emit, threads } = session.pipeline;
  const blobs = session.blobReader({ inMemory: parts.inMemory });
  const unreadable: { path: BytePath; error: BackupError }[] = [];
  const progress = { filesDone: 0, bytesDone: 0, errors: 0, underway: 0 };
  let expected: ExpectedTotal | undefined;
  let current: BytePath | undefined;
  let ended = false;
  const counted = (): ExpectedTotal | undefined => (expected?.counting === true ? undefined : expected);
  const tell = (finished: boolean): void => {
    // A worker's word that was on its way when the source ended.
    if (ended) return;
    ended = finished;
    const state: SourceProgress = {
      filesDone: progress.filesDone,
      bytesDone: progress.bytesDone + progress.underway,
      filesTotal: counted()?.files,
      bytesTotal: counted()?.bytes,
      counting: !finished && expected?.counting === true,
      errors: progress.errors,
      current: current === undefined ? undefined : textFromBytes(current),
      finished,
    };
    emit({ type: 'source-progress', source: source.name, progress: state });
  };
  const throttled = atMostEvery(100, () => tell(false));
  parts.onProgress((bytes) => {
    progress.underway += bytes;
    throttled();
  });
  const done = (path: BytePath, files: number, bytes: number): void => {
    progress.filesDone += files;
    progress.bytesDone += bytes;
    current = path;
    throttled();
  };
  const trees = new TreeReader(blobs);
  // With the same trees: what a source keeps of the previous snapshot is then known for the same by being the same.
  const before = previous && new StoredSnapshot(previous.id, previous.file, { trees, blobs });
  const builder = new TreeBuilder({
    table: session.index.table,
    pool,
    blobs,
    trees,
    threads,
    previous: before,
    force: parts.force,
    attributesReadAt: await attributesReadAt(session.pipeline, source.name, previous),
    base: source.opened.base,
    deviceIds: treesAsRestic(session) ? 'all' : 'hardlinks',
    signal,
    onFile: (path, size) => {
      progress.underway = Math.max(0, progress.underway - size);
      done(path, 1, size);
    },
    onFiles: done,
    onUnreadable: (path, error) => {
      progress.errors += 1;
      unreadable.push({ path, error });
      emit({ type: 'unreadable', source: source.name, path, error });
    },
  });
  const result = await source.opened.capture(builder, {
    signal,
    expect: (total) => {
      expected = total;
      if (total.counting !== true) parts.onExpect?.(total.bytes);
      throttled();
    },
    waiting: (what) => emit({ type: 'waiting', source: source.name, what }),
    freeBytes: parts.freeBytes,
  });
  const { seen } = result;
  if (seen) noteInCatalog(session.pipeline, (catalog) => catalog.putSeen(source.name, seen));
  const tree = await builder.finish();
  // What was read twice or taken back is not in the snapshot.
  Object.assign(progress, { filesDone: builder.counts.totalFiles, bytesDone: builder.counts.totalBytes, underway: 0 });
  tell(true);
  // What the previous snapshot shows through stays where it cannot be read now.
  const notThere = source.opened.base === 'empty' || parts.force ? unreadable : [];
  const removed = await removedFiles(before, builder.counts, notThere);
  const { incomplete, renewed } = result;
  return { tree, counts: builder.counts, removed, incomplete, renewed, unreadable };
};

/** Calls `work` at most once in so many milliseconds. */
const atMostEvery = (ms: number, work: () => void): (() => void) => {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - last < ms) return;
    last = now;
    work();
  };
};

/** Who chose restic's chunker wants restic's trees too: what both save is then stored once, folder lists and all. */
const treesAsRestic = ({ pipeline, replicas: [replica] }: Session): boolean =>
  replica !== undefined && cutsAsRestic(effectiveChain(pipeline.chain, replica.config));
