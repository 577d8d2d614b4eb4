/** What a machine keeps about the replicas between runs, and the alarm that it allows. */
import { BackupError, throwIfAborted } from '../errors.ts';
import type { Outcome } from '../events.ts';
import type { Replica } from '../repository/replica.ts';
import { readIntents } from '../retention/intents.ts';
import type { Session } from './session.ts';

/** The ids of the replicas that are there, so that a swapped disk is noticed. */
export const rememberReplicas = async ({
  pipeline,
  replicas,
}: Pick<Session, 'pipeline' | 'replicas'>): Promise<void> => {
  const ids = Object.fromEntries(replicas.map(({ name, config }) => [name, config.id]));
  const now = pipeline.clock.now().getTime();
  const seen = Object.fromEntries(replicas.map(({ name }) => [name, now]));
  await pipeline.state.change((content) => ({
    ...content,
    replicas: { ...content.replicas, ...ids },
    seen: { ...content.seen, ...seen },
  }));
};

/** A replica that lost snapshots which it had is an alarm: somebody rolled it back, or forgot on it without us. */
export const alarmLostSnapshots = async (session: Session): Promise<void> => {
  const { pipeline, replicas, snapshots } = session;
  const { snapshots: remembered } = await pipeline.state.read();
  for (const replica of replicas) {
    const { name, mask } = replica;
    const there = new Set(snapshots.filter((snapshot) => (snapshot.mask & mask) !== 0).map(({ id }) => id));
    const gone = (remembered[name] ?? []).filter((id) => !there.has(id));
    const lost = gone.length === 0 ? [] : await withoutForgotten(gone, replica, pipeline.signal);
    if (lost.length === 0) continue;
    const count = lost.length === 1 ? 'a snapshot' : `${lost.length} snapshots`;
    const error = new BackupError(
      'CORRUPT',
      `"${name}" has lost ${count} that it had: ${lost.map((id) => id.slice(0, 8)).join(', ')}`,
      {
        hint: 'if nobody removed them on purpose, run `triplicate check` and `triplicate sync`',
        context: { destination: name, lost: lost.length },
      },
    );
    pipeline.emit({ type: 'warning', destination: name, error });
  }
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

/** What each replica has now: what was listed and what this run stored. */
export const rememberSnapshots = async (
  session: Pick<Session, 'pipeline' | 'replicas' | 'snapshots'>,
  stored: readonly { readonly source: string; readonly id: string }[],
  outcomes: readonly Outcome[],
): Promise<void> => {
  const seen = Object.fromEntries(
    session.replicas.map(({ name, mask }) => {
      const listed = session.snapshots.filter((snapshot) => (snapshot.mask & mask) !== 0).map(({ id }) => id);
      const fresh = stored.filter(({ source }) =>
        outcomes.some(
          (outcome) => outcome.source === source && outcome.destination === name && outcome.status === 'stored',
        ),
      );
      return [name, [...listed, ...fresh.map(({ id }) => id)]];
    }),
  );
  await session.pipeline.state.change((content) => ({ ...content, snapshots: { ...content.snapshots, ...seen } }));
};
