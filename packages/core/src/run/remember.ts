/** What a machine keeps about the replicas between runs, and the alarm that it allows. */
import { BackupError } from '../errors.ts';
import type { Outcome } from '../events.ts';
import { nsFromTimestamp } from '../repository/timestamp.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { note } from './note.ts';
import type { Pipeline } from './pipeline.ts';
import type { StateContent } from './pipeline-state.ts';
import { findLostSnapshots } from './lost-snapshots.ts';
import type { Session } from './session.ts';

/** The ids of the replicas that are there, so that a swapped disk is noticed. */
export const rememberReplicas = async ({
  pipeline,
  replicas,
}: Pick<Session, 'pipeline' | 'replicas'>): Promise<void> => {
  const ids = Object.fromEntries(replicas.map(({ name, config }) => [name, config.id]));
  const now = pipeline.clock.now().getTime();
  const seen = Object.fromEntries(replicas.map(({ name }) => [name, now]));
  await note(pipeline, (content) => ({
    ...content,
    replicas: { ...content.replicas, ...ids },
    seen: { ...content.seen, ...seen },
  }));
};

/**
 * A replica that lost snapshots which it had is an alarm: somebody rolled it back, or forgot on it without us. It is raised at each look
 * until they are back or forgotten on purpose; the lost ones come back, by destination.
 */
export const alarmLostSnapshots = async (
  session: Pick<Session, 'pipeline' | 'replicas' | 'snapshots' | 'badSnapshots'>,
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const found = await findLostSnapshots(session);
  for (const [name, lost] of found)
    session.pipeline.emit({ type: 'warning', destination: name, error: errorOfLost(name, lost) });
  return found;
};

export const errorOfLost = (name: string, lost: readonly string[]): BackupError => {
  const count = lost.length === 1 ? 'a snapshot' : `${lost.length} snapshots`;
  return new BackupError('CORRUPT', `"${name}" has lost ${count} that it had: ${nameFew(lost)}`, {
    hint: `\`triplicate sync ${name}\` brings back what another destination has; what was removed on purpose goes from every destination with \`triplicate forget --lost ${name}\``,
    context: { destination: name, lost: lost.length },
  });
};

const mostNamed = 3;

/** The first ids in short, the rest as a number: a replica that was emptied may have lost thousands. */
const nameFew = (ids: readonly string[]): string => {
  const named = ids.slice(0, mostNamed).map((id) => id.slice(0, 8));
  const more = ids.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
};

/** The newest snapshot of some sources, to be told while no replica can be looked at. */
export const rememberLatest = async (
  pipeline: Pick<Pipeline, 'state' | 'emit' | 'signal'>,
  sources: readonly { readonly source: string; readonly last?: StateContent['latest'][string] }[],
): Promise<void> => {
  const latest = Object.fromEntries(sources.flatMap(({ source, last }) => (last ? [[source, last]] : [])));
  await note(pipeline, (content) => ({ ...content, latest: { ...content.latest, ...latest } }));
};

/** What each replica has now: what was listed, also what is damaged until it is mended, and what this run stored. */
export const rememberSnapshots = async (
  session: Pick<Session, 'pipeline' | 'replicas' | 'snapshots' | 'badSnapshots'>,
  stored: readonly Known[],
  outcomes: readonly Outcome[],
): Promise<void> => {
  const seen = session.replicas.map((replica) => {
    const { name, mask } = replica;
    const listed = session.snapshots.filter((snapshot) => (snapshot.mask & mask) !== 0).map(known);
    const bad = session.badSnapshots.filter((one) => one.replica === replica).map(({ id }) => id);
    const fresh = stored.filter(({ source }) =>
      outcomes.some(
        (outcome) => outcome.source === source && outcome.destination === name && outcome.status === 'stored',
      ),
    );
    return { name, bad, all: [...listed, ...fresh] };
  });
  await note(session.pipeline, (content) => ({
    ...content,
    snapshots: {
      ...content.snapshots,
      ...Object.fromEntries(seen.map(({ all, bad, name }) => [name, [...all.map(({ id }) => id), ...bad]])),
    },
    newest: { ...content.newest, ...Object.fromEntries(seen.map(({ all, name }) => [name, newestOf(all)])) },
  }));
};

/** What else came to a replica. */
export const rememberBrought = async (
  pipeline: Pick<Pipeline, 'state' | 'emit' | 'signal'>,
  name: string,
  brought: readonly ListedSnapshot[],
): Promise<void> =>
  note(pipeline, (content) => {
    const before = Object.entries(content.newest[name] ?? {}).map(([source, one]) => ({ source, ...one }));
    return {
      ...content,
      snapshots: { ...content.snapshots, [name]: [...(content.snapshots[name] ?? []), ...brought.map(({ id }) => id)] },
      newest: { ...content.newest, [name]: newestOf([...before, ...brought.map(known)]) },
    };
  });

/** A snapshot of ours, or of another program, which is of no source. */
interface Known {
  readonly source: string | undefined;
  readonly id: string;
  readonly time: string;
}

const known = ({ source, id, file: { time } }: ListedSnapshot): Known => ({ source, id, time });

const newestOf = (all: readonly Known[]): StateContent['newest'][string] => {
  const newest = new Map<string, { readonly id: string; readonly time: string }>();
  for (const { source, id, time } of all) {
    const before = source === undefined ? undefined : newest.get(source);
    if (source !== undefined && (!before || nsFromTimestamp(time) >= nsFromTimestamp(before.time)))
      newest.set(source, { id, time });
  }
  return Object.fromEntries(newest);
};
