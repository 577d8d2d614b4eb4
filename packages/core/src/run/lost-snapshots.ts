/** Snapshots that a replica had and has no more, though nobody forgot them: known until they are back, or are forgotten on purpose. */
import { BackupError, throwIfAborted } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { snapshotKey } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import { readIntents } from '../retention/intents.ts';
import { wantedOn } from '../retention/wanted.ts';
import { note } from './note.ts';
import type { StateContent } from './pipeline-state.ts';
import type { Session } from './session.ts';

type Place = Pick<Session, 'pipeline' | 'replicas' | 'snapshots' | 'badSnapshots'>;

/** The ids, by destination; those that have lost nothing are absent. What it finds is written down, so that a later look finds it too. */
export const findLostSnapshots = async (session: Place): Promise<ReadonlyMap<string, readonly string[]>> => {
  const { pipeline, replicas } = session;
  const state = await pipeline.state.read();
  const lost = new Map<string, readonly string[]>();
  for (const replica of replicas) lost.set(replica.name, await lostOn(session, replica, state));
  const standing = Object.fromEntries(
    replicas.map(({ name }) => [name, (lost.get(name) ?? []).filter((id) => !mayHaveExpired(session, name, id))]),
  );
  if (replicas.some(({ name }) => String(standing[name]) !== String(state.lost[name] ?? [])))
    await note(pipeline, (content) => ({ ...content, lost: { ...content.lost, ...standing } }));
  return new Map([...lost].filter(([, ids]) => ids.length > 0));
};

/** The ids of what replicas have lost, on all or on the named destination; of one that is away what is remembered. USAGE for an unknown name. */
export const lostIds = async (session: Place, on: string | true): Promise<ReadonlySet<string>> => {
  const known = session.pipeline.destinations.map(({ name }) => name);
  if (on !== true && !known.includes(on))
    throw new BackupError('USAGE', `there is no destination "${on}"`, { hint: `choose one of ${known.join(', ')}` });
  const found = await findLostSnapshots(session);
  const { lost } = await session.pipeline.state.read();
  const names = on === true ? known : [on];
  return new Set(names.flatMap((name) => found.get(name) ?? lost[name] ?? []));
};

/** Of what a person names for forgetting, the lost ones, which no replica lists any more; they are named by 8 digits or more. */
export const splitLost = async (
  { pipeline, snapshots }: Place,
  names: readonly string[],
): Promise<{ readonly lost: readonly string[]; readonly others: readonly string[] }> => {
  const known = new Set(Object.values((await pipeline.state.read()).lost).flat());
  const gone = [...known].filter((id) => !snapshots.some((snapshot) => snapshot.id === id));
  const isLost = (name: string): boolean => name.length >= 8 && gone.some((id) => id.startsWith(name));
  return {
    lost: gone.filter((id) => names.some((name) => isLost(name) && id.startsWith(name))),
    others: names.filter((name) => !isLost(name)),
  };
};

const lostOn = async (
  { pipeline, snapshots, badSnapshots }: Place,
  replica: Replica,
  { snapshots: remembered, lost, forgotten }: StateContent,
): Promise<string[]> => {
  const { name, mask } = replica;
  const there = new Set(snapshots.filter((snapshot) => (snapshot.mask & mask) !== 0).map(({ id }) => id));
  const had = new Set([...(remembered[name] ?? []), ...(lost[name] ?? [])]);
  const pending = new Set(Object.values(forgotten).flatMap((ones) => ones.map(({ id }) => id)));
  const gone = [...had].filter((id) => !there.has(id) && !pending.has(id));
  if (gone.length === 0) return [];
  const bad = new Set(badSnapshots.filter((one) => one.replica === replica).map(({ id }) => id));
  const unforgotten = await withoutForgotten(gone, replica, pipeline.signal);
  const missed = await withoutStored(unforgotten, replica, { bad, signal: pipeline.signal });
  const retain = retainOf(pipeline, name);
  const wanted = wantedOn(snapshots, { mask, retain, forgotten: new Set(), now: pipeline.clock.now() });
  const isListed = (id: string): boolean => snapshots.some((snapshot) => snapshot.id === id);
  return missed.filter((id) => !isListed(id) || wanted.some((snapshot) => snapshot.id === id));
};

const retainOf = ({ destinations }: Place['pipeline'], name: string) =>
  destinations.find((configured) => configured.name === name)?.retain;

/** Gone everywhere where a policy holds: another machine with the same policy may have dropped it, which is worth one word and no more. */
const mayHaveExpired = ({ pipeline, snapshots }: Place, name: string, id: string): boolean =>
  retainOf(pipeline, name) !== undefined && !snapshots.some((snapshot) => snapshot.id === id);

/** What another run of this machine stored, and noted, after the snapshots were listed is no loss; what was listed and is damaged is one. */
const withoutStored = async (
  ids: readonly string[],
  { destination }: Replica,
  { bad, signal }: { readonly bad: ReadonlySet<string>; readonly signal: AbortSignal },
): Promise<string[]> => {
  const stored = new Set<string>();
  const unlisted = ids.filter((id) => !bad.has(id));
  await inParallel(unlisted, 8, async (id) => {
    try {
      if (await destination.stat(snapshotKey(id), { signal })) stored.add(id);
    } catch {
      throwIfAborted(signal);
    }
  });
  return ids.filter((id) => !stored.has(id));
};

/** What another machine forgot on purpose is no loss. */
const withoutForgotten = async (ids: readonly string[], replica: Replica, signal: AbortSignal): Promise<string[]> => {
  try {
    const { intents } = await readIntents(replica, signal);
    return ids.filter((id) => !intents.has(id));
  } catch {
    throwIfAborted(signal);
    return [...ids];
  }
};
