import { BackupError } from '../errors.ts';
import type { Absent, ReplicaSet } from './open-replicas.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * What a destination without a repository means outside `init`: it is never filled. An unmounted removable disk looks like an empty
 * folder, so it is skipped; any other place has lost its repository, or `init` has not made it there yet.
 */
export const withEmptyAsAbsent = async (pipeline: Pipeline, set: ReplicaSet): Promise<readonly Absent[]> => {
  const { replicas: remembered } = await pipeline.state.read();
  const knowsOthers = Object.keys(remembered).length > 0;
  const empty = set.empty.map(({ name, destination }): Absent => {
    const removable = pipeline.destinations.find((configured) => configured.name === name)?.removable ?? false;
    const hint = !knowsOthers
      ? 'mount the place if it is not; `triplicate init` makes a repository on a new one'
      : removable
        ? 'connect and mount the disk; `triplicate init` makes a repository on a new one'
        : remembered[name] === undefined
          ? 'none was made here yet: run `triplicate init` again, which leaves the other destinations as they are'
          : 'mount the place if it is not, or run `triplicate init` to add a replica here';
    const error = new BackupError('NO_REPOSITORY', `no repository at ${destination.label}`, {
      hint,
      context: { destination: name },
    });
    return { name, status: removable ? 'skipped' : 'failed', error };
  });
  return [...set.absent, ...empty];
};

/** Throws what concerns the whole run when no replica is there: NO_REPOSITORY, or the first failure. Each destination is named. */
export const requireReplicas = (set: Pick<ReplicaSet, 'replicas'>, absent: readonly Absent[]): void => {
  if (set.replicas.length > 0) return;
  const worst = absent.find(({ error }) => error.code !== 'NO_REPOSITORY');
  const none = absent.find(({ error }) => error.code === 'NO_REPOSITORY');
  if (none && (!worst || worst.error.code === 'UNAVAILABLE')) throw ofAll(none, absent);
  if (worst) throw ofAll(worst, absent);
  throw new BackupError('NO_REPOSITORY', 'the pipeline has no destination');
};

/** What decides the code, with what is wrong with each of the others: who mends only the first fails on the next. */
const ofAll = ({ error }: Absent, absent: readonly Absent[]): BackupError => {
  if (absent.length < 2) return error;
  const hints = new Set(absent.flatMap((one) => one.error.hint ?? []));
  const named = absent.map((one) => `"${one.name}": ${one.error.message}`);
  const mends = absent.flatMap((one) => (one.error.hint === undefined ? [] : [`"${one.name}": ${one.error.hint}`]));
  const hint = hints.size > 1 ? mends.join('; ') : [...hints][0];
  return new BackupError(error.code, `none of the ${absent.length} destinations can be used: ${named.join('; ')}`, {
    ...(hint === undefined ? {} : { hint }),
    permanent: error.permanent,
    context: error.context,
    cause: error,
  });
};
