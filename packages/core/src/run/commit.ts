/** The snapshot file: sealed once, put on each replica as soon as everything it needs is there. */
import type { FanOut } from '../engine/fan-out.ts';
import type { Lane } from '../engine/lane.ts';
import { BackupError, toBackupError } from '../errors.ts';
import type { Outcome } from '../events.ts';
import { snapshotKey } from '../repository/layout.ts';
import { incompleteTag, renewedTag } from '../retention/group.ts';
import { encodeSnapshot, type SnapshotFile } from '../repository/snapshot-file.ts';
import { timestampFromNs } from '../repository/timestamp.ts';
import { encodeUnpacked, objectId } from '../repository/unpacked.ts';
import { tagOfSource, type ListedSnapshot } from '../snapshot/snapshot-list.ts';
import type { Source } from '../source/source.ts';
import type { Wait } from './backup.ts';
import type { Captured } from './capture.ts';
import type { QuorumWindow } from './quorum-window.ts';
import type { Session } from './session.ts';

export interface CommitParts {
  readonly source: string;
  readonly identity: Source['identity'];
  readonly captured: Captured;
  readonly previous: ListedSnapshot | undefined;
  readonly started: Date;
  readonly tags: readonly string[];
  /** Whether lanes that are behind bring what they lack from their siblings now. */
  readonly catchUp: boolean;
}

export interface Patience {
  readonly wait: Wait;
  readonly quorum: number;
  readonly window: QuorumWindow;
}

/** A snapshot on its way to the replicas. */
export interface Commit {
  readonly id: string;
  readonly file: SnapshotFile;
  /** Resolves when as many lanes are done as `wait` asks for, and those that were about to be; the others are behind then. */
  outcomes(patience: Patience): Promise<readonly Outcome[]>;
  /** Resolves when no lane works on it any more. */
  readonly settled: Promise<unknown>;
}

export const commitSnapshot = (session: Session, fanOut: FanOut, parts: CommitParts): Commit => {
  const [first] = session.replicas;
  if (!first) throw new BackupError('NO_REPOSITORY', 'no replica is there');
  const file = snapshotFile(session, parts);
  const json = encodeSnapshot(file);
  const bytes = encodeUnpacked(first.masterKey, json, first.config.version);
  const id = objectId(bytes);
  const done = new Map<Lane, Outcome>();
  const lanes = fanOut.alive;
  const dead = fanOut.lanes.filter((lane) => !lanes.includes(lane));
  for (const lane of dead) done.set(lane, failedOutcome(parts.source, lane, fanOut, lane.failure));
  const work = lanes.map(async (lane) => {
    try {
      await fanOut.settle(lane, parts);
      lane.state = 'committing';
      await lane.store(snapshotKey(id), bytes);
      lane.state = 'stored';
      done.set(lane, { source: parts.source, destination: lane.name, status: 'stored' });
    } catch (error) {
      done.set(lane, failedOutcome(parts.source, lane, fanOut, toBackupError(error)));
    }
    fanOut.tell(lane);
  });
  const outcomes = async ({ wait, quorum, window }: Patience): Promise<readonly Outcome[]> => {
    if (wait === 'quorum') {
      await untilQuorum(work, () => [...done.values()].filter(({ status }) => status === 'stored').length >= quorum);
      const finishing = work.filter((_, i) => lanes[i] !== undefined && fanOut.missing(lanes[i]).packs === 0);
      await window.whileOpen(Promise.all(finishing));
    } else await Promise.all(work);
    return fanOut.lanes.map((lane) => done.get(lane) ?? unfinishedOutcome(parts.source, lane, fanOut));
  };
  return { id, file, outcomes, settled: Promise.all(work) };
};

/** Until enough lanes have stored it, or none is left that could. */
const untilQuorum = async (work: readonly Promise<void>[], held: () => boolean): Promise<void> => {
  const left = new Set(work);
  while (!held() && left.size > 0) await Promise.race([...left].map((one) => one.then(() => left.delete(one))));
};

/** A lane that only lacks packs is behind, with what it lacks; one that could not go on has failed. */
const failedOutcome = (source: string, lane: Lane, fanOut: FanOut, error: BackupError | undefined): Outcome => {
  const isBehind = lane.failure === undefined;
  lane.state = isBehind ? 'behind' : 'failed';
  const cause = lane.failure ?? error;
  return {
    source,
    destination: lane.name,
    status: isBehind ? 'behind' : 'failed',
    ...(cause ? { error: cause } : {}),
    ...(isBehind ? { missing: fanOut.missing(lane) } : {}),
  };
};

/** Nobody waits for it any more. What is on its way may arrive all the same. */
const unfinishedOutcome = (source: string, lane: Lane, fanOut: FanOut): Outcome => {
  const isCommitting = lane.state === 'committing' && lane.failure === undefined;
  const outcome = failedOutcome(source, lane, fanOut, undefined);
  if (!isCommitting) return outcome;
  const error = new BackupError('UNAVAILABLE', 'its snapshot was on its way when the run ended, and may have arrived', {
    hint: `run \`triplicate sync ${lane.name}\``,
    context: { destination: lane.name, behind: true },
  });
  return { source, destination: lane.name, status: 'behind', error };
};

const snapshotFile = (session: Session, parts: CommitParts): SnapshotFile => {
  const { captured, identity, started, previous } = parts;
  const { counts } = captured;
  const { clock, host, programVersion } = session.pipeline;
  const stamp = (date: Date): string => timestampFromNs(BigInt(date.getTime()) * 1_000_000n, 'local');
  const tags = [
    tagOfSource(parts.source),
    ...parts.tags,
    ...(captured.incomplete === undefined ? [] : [incompleteTag]),
    ...(captured.renewed === undefined ? [] : [renewedTag]),
  ];
  return {
    time: stamp(started),
    tree: captured.tree,
    paths: [...identity.paths],
    hostname: identity.host,
    username: host.username,
    uid: host.uid,
    gid: host.gid,
    ...(identity.excludes && identity.excludes.length > 0 ? { excludes: [...identity.excludes] } : {}),
    tags,
    ...(previous ? { parent: previous.id } : {}),
    programVersion,
    summary: {
      backupStart: stamp(started),
      backupEnd: stamp(clock.now()),
      filesNew: counts.filesNew,
      filesChanged: counts.filesChanged,
      filesUnmodified: counts.filesUnmodified,
      filesEmptied: counts.filesEmptied,
      dirsNew: counts.dirsNew,
      dirsChanged: counts.dirsChanged,
      dirsUnmodified: counts.dirsUnmodified,
      dataBlobs: counts.dataBlobs,
      treeBlobs: counts.treeBlobs,
      dataAdded: counts.dataAdded,
      dataAddedPacked: counts.dataAddedPacked,
      totalFilesProcessed: counts.totalFiles,
      totalBytesProcessed: counts.totalBytes,
    },
  };
};
