/** From configured destinations to replicas of one repository: who is there, who is not, and who is somebody else. */
import { collect } from '../body.ts';
import { defaultRetryPolicy } from '../destination/backoff.ts';
import type { Destination } from '../destination/destination.ts';
import { PatientDestination } from '../destination/patient.ts';
import { BackupError, isBackupError, toBackupError } from '../errors.ts';
import type { OutcomeStatus } from '../events.ts';
import { decodeConfig, type RepositoryConfig } from '../repository/config-file.ts';
import type { MasterKey } from '../repository/crypto.ts';
import { openWithPassword } from '../repository/keys.ts';
import { configKey } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import type { Pipeline, PipelineDestination } from './pipeline.ts';

/** A destination that takes no part, and why. */
export interface Absent {
  readonly name: string;
  readonly status: Exclude<OutcomeStatus, 'stored' | 'behind'>;
  readonly error: BackupError;
}

export interface ReplicaSet {
  readonly replicas: readonly Replica[];
  readonly absent: readonly Absent[];
  /** Destinations that are there and hold no repository; `init` may make one. Still to be disposed. */
  readonly empty: readonly { readonly name: string; readonly mask: number; readonly destination: Destination }[];
}

interface Found {
  readonly configured: PipelineDestination;
  readonly mask: number;
  readonly destination: Destination;
  /** `undefined`: no repository stands there. */
  readonly config: Buffer | undefined;
}

export interface OpenReplicasOptions {
  /** Names of the destinations to open; all when absent. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Takes any replica of the repository for the right one, whatever was there before: `init` does. */
  readonly acceptAny?: boolean;
}

/**
 * Opens every destination at the same time. Throws only what concerns all of them: WRONG_REPOSITORY when they hold different
 * repositories or copies with one id, WRONG_PASSWORD when the password opens none.
 */
export const openReplicas = async (
  pipeline: Pipeline,
  stack: AsyncDisposableStack,
  options: OpenReplicasOptions = {},
): Promise<ReplicaSet> => {
  const { only } = options;
  const remembered = options.acceptAny ? {} : (await pipeline.state.read()).replicas;
  const opened = await Promise.all(
    pipeline.destinations.map(async (configured, i) => {
      if (only && !only.has(configured.name)) return undefined;
      return openOne(pipeline, configured, 2 ** i, stack);
    }),
  );
  const absent: Absent[] = [];
  const empty: Found[] = [];
  const found: Found[] = [];
  for (const result of opened) {
    if (result === undefined) continue;
    if ('error' in result) absent.push(result);
    else if (result.config === undefined) empty.push(result);
    else found.push(result);
  }
  const replicas = await unlockAll(pipeline, found, absent);
  refuseTwins(replicas);
  return { ...withoutStrangers(replicas, remembered, absent), empty: empty.map(emptyOf) };
};

const emptyOf = ({
  configured,
  mask,
  destination,
}: Found): { name: string; mask: number; destination: Destination } => ({
  name: configured.name,
  mask,
  destination,
});

const openOne = async (
  pipeline: Pipeline,
  configured: PipelineDestination,
  mask: number,
  stack: AsyncDisposableStack,
): Promise<Found | Absent> => {
  const { name } = configured;
  try {
    const destination = stack.use(new PatientDestination(await openInTime(pipeline, configured), patienceOf(pipeline)));
    pipeline.emit({ type: 'opened', destination: name, label: destination.label });
    return { configured, mask, destination, config: await readConfig(destination, pipeline.signal) };
  } catch (cause) {
    const error = toBackupError(cause).with({ destination: name });
    if (error.code === 'ABORTED') throw error;
    const away = error.code === 'UNAVAILABLE' && configured.removable;
    return { name, status: away ? 'skipped' : 'failed', error };
  }
};

/** Where there are siblings a silent one is left behind soon; the only one is waited for as long as calls are made again. */
const patienceOf = ({ destinations, patienceMs }: Pipeline): number =>
  destinations.length > 1 ? patienceMs : Math.max(patienceMs, defaultRetryPolicy.patienceMs);

/** A place that does not even open is not waited for longer than for any other call. */
const openInTime = async (pipeline: Pipeline, configured: PipelineDestination): Promise<Destination> => {
  const late = new AbortController();
  const error = new BackupError(
    'UNAVAILABLE',
    `"${configured.name}" did not open within ${Math.round(pipeline.patienceMs / 1000)} s`,
  );
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.abort(error);
    reject(error);
  }, pipeline.patienceMs);
  try {
    return await Promise.race([configured.open(AbortSignal.any([pipeline.signal, late.signal])), promise]);
  } finally {
    clearTimeout(timer);
  }
};

const readConfig = async (destination: Destination, signal: AbortSignal): Promise<Buffer | undefined> => {
  try {
    return await collect(destination.get(configKey, { signal }));
  } catch (error) {
    if (isBackupError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
};

interface Unlocked {
  readonly masterKey: MasterKey;
  readonly keyId: string;
}

/**
 * The password is derived once: the master key that it gives on one replica is tried on the others' configs first. A replica that it does
 * not open is asked for its own keys, and is a stranger when those open something else.
 */
const unlockAll = async (pipeline: Pipeline, found: readonly Found[], absent: Absent[]): Promise<Replica[]> => {
  const replicas: Replica[] = [];
  const first = found[0];
  if (!first) return replicas;
  const password = await pipeline.password();
  let known: Unlocked | undefined;
  const wrong: BackupError[] = [];
  for (const place of found) {
    const config = known && tryConfig(known.masterKey, place);
    if (known && config) {
      replicas.push({ ...replicaOf(place, config), ...known });
      continue;
    }
    try {
      const opened = await openWithPassword(place.destination, password, { signal: pipeline.signal });
      const unlocked: Unlocked = { masterKey: opened.master, keyId: opened.id };
      const own = decodeConfig(unlocked.masterKey, place.config ?? Buffer.alloc(0));
      if (known) throw strangers(replicas[0]?.name ?? first.configured.name, place.configured.name);
      known = unlocked;
      replicas.push({ ...replicaOf(place, own), ...unlocked });
    } catch (cause) {
      const error = toBackupError(cause, 'CORRUPT').with({ destination: place.configured.name });
      if (error.code === 'ABORTED' || error.code === 'WRONG_REPOSITORY') throw error;
      if (error.code === 'WRONG_PASSWORD') wrong.push(error);
      absent.push({ name: place.configured.name, status: 'failed', error });
    }
  }
  if (replicas.length === 0 && wrong[0]) throw wrong[0];
  return replicas;
};

const replicaOf = (
  place: Found,
  config: RepositoryConfig,
): Pick<Replica, 'name' | 'mask' | 'destination' | 'config'> => ({
  name: place.configured.name,
  mask: place.mask,
  destination: place.destination,
  config,
});

const tryConfig = (key: MasterKey, place: Found): RepositoryConfig | undefined => {
  try {
    return decodeConfig(key, place.config ?? Buffer.alloc(0));
  } catch {
    return undefined;
  }
};

const strangers = (a: string, b: string): BackupError =>
  new BackupError('WRONG_REPOSITORY', `"${a}" and "${b}" hold different repositories`, {
    hint: 'give each repository a pipeline of its own, or point the destination to an empty folder and run `triplicate init`',
  });

const refuseTwins = (replicas: readonly Replica[]): void => {
  for (const [i, replica] of replicas.entries()) {
    const twin = replicas.slice(0, i).find(({ config }) => config.id === replica.config.id);
    if (!twin) continue;
    throw new BackupError(
      'WRONG_REPOSITORY',
      `"${twin.name}" and "${replica.name}" are one and the same replica, or a copy made by hand`,
      {
        hint: 'remove the copy and run `triplicate init`, then `triplicate sync`: each replica needs an id of its own',
      },
    );
  }
};

/** Another replica of the same repository than the one that this destination had: a swapped disk. It is not written to. */
const withoutStrangers = (
  replicas: readonly Replica[],
  remembered: Readonly<Record<string, string>>,
  absent: readonly Absent[],
): { readonly replicas: readonly Replica[]; readonly absent: readonly Absent[] } => {
  const swapped = replicas.filter(
    ({ name, config }) => remembered[name] !== undefined && remembered[name] !== config.id,
  );
  const strangersFound = swapped.map(({ name, config }): Absent => {
    const owner = Object.keys(remembered).find((other) => remembered[other] === config.id);
    const whose = owner === undefined ? 'another replica than the one remembered' : `the replica of "${owner}"`;
    const error = new BackupError('WRONG_REPOSITORY', `"${name}" holds ${whose}`, {
      hint: 'connect the right disk, or run `triplicate init` to accept this one',
      context: { destination: name },
    });
    return { name, status: 'failed', error };
  });
  return { replicas: replicas.filter((replica) => !swapped.includes(replica)), absent: [...absent, ...strangersFound] };
};
