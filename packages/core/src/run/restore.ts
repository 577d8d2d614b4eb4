/** From whichever replica still has it, back into a folder. */
import { dirname, resolve } from 'node:path';
import { type BytePath, bytesFromText } from '../bytes.ts';
import { BlobOpener } from '../engine/blob-opener.ts';
import { passingIdWords } from '../engine/ids.ts';
import { OpenThreads } from '../engine/open-threads.ts';
import { BackupError, throwIfAborted } from '../errors.ts';
import { sealedOverhead } from '../repository/crypto.ts';
import type { Node } from '../repository/node.ts';
import type { Replica } from '../repository/replica.ts';
import type { FileContent } from '../restore/content.ts';
import type { RestoreOptions, RestoreReport } from '../restore/options.ts';
import { RestorePool } from '../restore/restore-pool.ts';
import { restoreToFolder } from '../restore/restore.ts';
import { BlobRoom, type OpenInto } from '../snapshot/blob-room.ts';
import { findSnapshot } from '../snapshot/find-snapshot.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import type { SnapshotReader } from '../source/source.ts';
import type { Absent } from './open-replicas.ts';
import { requireNames } from './check.ts';
import type { Pipeline } from './pipeline.ts';
import { type Expected, RestoreThreads } from './restore-threads.ts';
import { lookHurryMs, Session } from './session.ts';
import { transformSetup } from './transform-setup.ts';

export interface RestoreRequest extends Omit<RestoreOptions, 'signal' | 'content' | 'onProgress'> {
  /** `latest`, `latest:SOURCE`, the beginning of an id, or a date. */
  readonly snapshot: string;
  /** Absolute path of the folder to restore into. */
  readonly to: string;
  /** The one destination to read from; any that has it when absent. */
  readonly fromDestination?: string;
}

export interface RestoreResult extends RestoreReport {
  readonly snapshot: ListedSnapshot;
  /** Destinations that took no part. */
  readonly absent: readonly Absent[];
}

export const restore = async (pipeline: Pipeline, request: RestoreRequest): Promise<RestoreResult> => {
  const { snapshot: wanted, to, fromDestination, ...options } = request;
  if (to === '')
    throw new BackupError('USAGE', 'the folder to restore into has no name', { hint: 'give it with --to' });
  const only = fromDestination === undefined ? undefined : new Set([fromDestination]);
  requireNames(pipeline, only);
  await using session = await Session.open(pipeline, {
    lock: 'reading',
    salvage: true,
    hurryMs: lookHurryMs,
    ...(only ? { only } : {}),
  });
  session.tellAbsent();
  const snapshot = findSnapshot(session.snapshots, wanted);
  // How many files are in a part of it is not known before it is walked.
  const isPart = (options.paths ?? options.include ?? options.exclude) !== undefined;
  const total = isPart ? undefined : snapshot.file.summary?.totalFilesProcessed;
  let done = 0;
  const tell = (current: string | undefined, finished: boolean): void =>
    pipeline.emit({
      type: 'work-progress',
      work: 'restore',
      progress: { done, total, unit: 'files', finished, ...(current === undefined ? {} : { current }) },
    });
  await using pool = openPool(session);
  const reader = session.reader(snapshot);
  const covered = options.delete === true ? await coveredBy(reader, snapshot.file.paths) : undefined;
  if (options.delete === true && covered === undefined && isTop(to) && (options.paths ?? options.include) === undefined)
    throw new BackupError('USAGE', `--delete would remove from ${to} everything that is not in this snapshot`, {
      hint: 'name the paths in the snapshot that are meant, or restore into a folder of its own',
    });
  const report = await restoreToFolder(reader, to, {
    // The owners of a phone's files are made up: nothing is lost with them.
    ...(isOfPhone(snapshot) ? { owners: 'never' } : {}),
    ...options,
    covered,
    signal: pipeline.signal,
    content: contentOf(session, pool),
    threads: new RestoreThreads(session, pool, isPart ? nothingKnown : expectedOf(snapshot, options)),
    onProgress: ({ regular, current }) => {
      done = regular;
      tell(Buffer.from(current, 'latin1').toString('utf8'), false);
    },
  });
  tell(undefined, true);
  return { ...report, snapshot, absent: session.absent };
};

/** Those of the paths that were backed up which stand in the tree under their own names; `undefined` when none does, as after `restic backup .` */
const coveredBy = async (
  reader: SnapshotReader,
  paths: readonly string[],
): Promise<readonly BytePath[] | undefined> => {
  const covered: BytePath[] = [];
  for (const path of paths) {
    const parts = path.replace(/^([A-Za-z]):(?=[\\/])/, '$1').split(path.startsWith('/') ? '/' : /[\\/]/);
    const inTree = bytesFromText(parts.filter((part) => part !== '').join('/'));
    if (inTree === '' || (await reader.node(inTree)) !== undefined) covered.push(inTree);
  }
  return covered.length > 0 ? covered : undefined;
};

const nothingKnown: Expected = { files: 0, bytes: 0 };

/** Of a whole snapshot. Where most may stand there already, it is not known how much is left. */
const expectedOf = ({ file }: ListedSnapshot, { dryRun, overwrite = 'always' }: Partial<RestoreRequest>): Expected => {
  const { totalFilesProcessed: files = 0, totalBytesProcessed: bytes = 0 } = file.summary ?? {};
  return dryRun === true || overwrite !== 'always' ? nothingKnown : { files, bytes };
};

const isTop = (path: string): boolean => resolve(path) === dirname(resolve(path));

const isOfPhone = ({ file: { paths } }: ListedSnapshot): boolean =>
  paths.length > 0 && paths.every((path) => path.startsWith('/MobileSync/'));

const firstOf = ({ replicas: [first] }: Session): Replica => {
  if (!first) throw new BackupError('NO_REPOSITORY', 'no replica is there');
  return first;
};

const openPool = (session: Session): RestorePool => {
  const { chain, threads } = session.pipeline;
  const first = firstOf(session);
  const { encrypt, macK, macR } = first.masterKey;
  return new RestorePool(threads, { masterKey: { encrypt, macK, macR }, ...transformSetup(chain, first) });
};

/** Blob by blob, each from the first replica that has it whole. Every open file has memory of its own for one of them. */
const contentOf = (session: Session, pool: RestorePool): FileContent => {
  const rooms: BlobRoom[] = [];
  const threads = new OpenThreads(new BlobOpener(firstOf(session).masterKey, session.codecs), pool);
  const openInto: OpenInto = (...what) => threads.openInto(...what);
  return {
    async *open(node, { signal, skip }) {
      const room = rooms.pop() ?? new BlobRoom();
      try {
        for (const [index, id] of (node.content ?? []).entries()) {
          if (skip.has(index)) continue;
          throwIfAborted(signal);
          yield await session.blobs.readInto(id, [], { room, openInto });
        }
      } finally {
        rooms.push(room);
      }
    },
    sizes: (node) => plainSizes(session, node),
  };
};

/** Known without reading only when no blob is compressed. */
const plainSizes = ({ index }: Session, node: Node): readonly number[] | undefined => {
  const sizes: number[] = [];
  for (const id of node.content ?? []) {
    const [place] = index.table.places(passingIdWords(id), false);
    if (!place || place.compressed) return undefined;
    sizes.push(place.length - sealedOverhead);
  }
  return sizes;
};
