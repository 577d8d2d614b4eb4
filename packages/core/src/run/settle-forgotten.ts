/** Brings what was forgotten to every replica that is there, also to those that were away when it was. */
import { throwIfAborted, toBackupError, type BackupError } from '../errors.ts';
import type { Forgotten } from '../repository/intent-file.ts';
import { snapshotKey } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import {
  type Intents,
  joinIntents,
  readIntents,
  type ReplicaIntents,
  sealIntents,
  spreadIntents,
} from '../retention/intents.ts';
import { lastWhole } from '../retention/last-whole.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { note } from './note.ts';
import type { Pipeline } from './pipeline.ts';
import type { Session } from './session.ts';

export interface Settled {
  /** Everything that is forgotten for good. */
  readonly intents: Intents;
  /** The snapshots as they stand now. */
  readonly snapshots: readonly ListedSnapshot[];
  /** How many snapshots went, by destination. */
  readonly removed: ReadonlyMap<string, number>;
  /** A replica that could not be brought there; it comes later. */
  readonly failed: ReadonlyMap<string, BackupError>;
}

export interface SettleRequest {
  /** What is forgotten now, beside what was before. */
  readonly fresh: readonly Forgotten[];
  readonly dryRun: boolean;
}

type Place = Pick<Session, 'pipeline' | 'replicas' | 'snapshots'>;

/**
 * First the intents, on every replica; then the snapshots that they name. A snapshot file takes no data with it, so a shared lock is
 * enough. A destination that is away is remembered.
 */
export const settleForgotten = async (session: Place, { fresh, dryRun }: SettleRequest): Promise<Settled> => {
  const { pipeline, replicas } = session;
  const { forgotten: pending } = await pipeline.state.read();
  const failed = new Map<string, BackupError>();
  const read = await readAll(session, failed);
  const intents = joinIntents([fresh, ...Object.values(pending), ...read.map((one) => one.intents.values())]);
  const removed = new Map<string, number>();
  if (intents.size === 0 || dryRun) return { intents, snapshots: session.snapshots, removed, failed };
  await remember(pipeline, intents, fresh.length > 0);
  const sealed = replicas[0] && sealIntents(intents, replicas[0]);
  let gone = new Map<string, number>();
  for (const one of read) {
    const { replica } = one;
    try {
      if (sealed && isWritable(pipeline, replica))
        await spreadIntents(one, { sealed, wanted: intents }, pipeline.signal);
      const ids = await removeNamed(session, replica, intents);
      gone = new Map([...gone, ...ids.map((id) => [id, (gone.get(id) ?? 0) | replica.mask] as const)]);
      if (ids.length > 0) removed.set(replica.name, ids.length);
      await note(pipeline, (content) => settledOn(content, replica.name, ids));
    } catch (cause) {
      throwIfAborted(pipeline.signal);
      failed.set(replica.name, toBackupError(cause).with({ destination: replica.name }));
    }
  }
  return { intents, snapshots: withoutGone(session.snapshots, gone), removed, failed };
};

const readAll = async ({ pipeline, replicas }: Place, failed: Map<string, BackupError>): Promise<ReplicaIntents[]> => {
  const read: ReplicaIntents[] = [];
  for (const replica of replicas) {
    try {
      const one = await readIntents(replica, pipeline.signal);
      for (const error of one.bad) pipeline.emit({ type: 'warning', destination: replica.name, error });
      read.push(one);
    } catch (cause) {
      throwIfAborted(pipeline.signal);
      failed.set(replica.name, toBackupError(cause).with({ destination: replica.name }));
    }
  }
  return read;
};

/** For every destination, until it has them. What a person forgets now and cannot be remembered is not forgotten anywhere. */
const remember = (pipeline: Pipeline, intents: Intents, required: boolean): Promise<void> => {
  const all = [...intents.values()];
  const pending = Object.fromEntries(pipeline.destinations.map(({ name }) => [name, all]));
  const edit = (content: Content): Content => ({ ...content, forgotten: pending });
  return required ? pipeline.state.change(edit) : note(pipeline, edit);
};

type Content = Awaited<ReturnType<Pipeline['state']['read']>>;

const settledOn = (content: Content, name: string, ids: readonly string[]): Content => {
  const { [name]: _, ...pending } = content.forgotten;
  const known = (content.snapshots[name] ?? []).filter((id) => !ids.includes(id));
  return { ...content, forgotten: pending, snapshots: { ...content.snapshots, [name]: known } };
};

/** Whether anything may be written there. */
export const isWritable = (pipeline: Pipeline, { name }: Pick<Replica, 'name'>): boolean =>
  pipeline.destinations.find((configured) => configured.name === name)?.readOnly !== true;

/** Whether anything can be removed there at all. */
export const canRemove = (pipeline: Pipeline, replica: Replica): boolean =>
  isWritable(pipeline, replica) && replica.destination.capabilities.canDelete;

const removeNamed = async ({ pipeline, snapshots }: Place, replica: Replica, intents: Intents): Promise<string[]> => {
  if (!canRemove(pipeline, replica)) return [];
  const there = snapshots.filter(({ mask }) => (mask & replica.mask) !== 0);
  const named = there.filter(({ id }) => intents.get(id)?.by === 'name');
  const last = lastWhole(there.filter((snapshot) => !named.includes(snapshot)));
  const byPolicy = there.filter(({ id }) => intents.get(id)?.by === 'policy' && !last.has(id));
  const ids = [...named, ...byPolicy].map(({ id }) => id);
  for (const id of ids) await replica.destination.delete(snapshotKey(id), { signal: pipeline.signal });
  return ids;
};

const withoutGone = (
  snapshots: readonly ListedSnapshot[],
  gone: ReadonlyMap<string, number>,
): readonly ListedSnapshot[] =>
  snapshots
    .map((snapshot) => ({ ...snapshot, mask: snapshot.mask & ~(gone.get(snapshot.id) ?? 0) }))
    .filter(({ mask }) => mask !== 0);
