/** From configured destinations to replicas of one repository: who is there, who is not, and who is somebody else. */
import { collect } from '../body.ts';
import { defaultRetryPolicy } from '../destination/backoff.ts';
import type { Destination } from '../destination/destination.ts';
import { PatientDestination } from '../destination/patient.ts';
import { BackupError, isBackupError, toBackupError } from '../errors.ts';
import type { OutcomeStatus } from '../events.ts';
import { configKey, mostStoredBytes } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import { openDestination } from './open-destination.ts';
import type { Pipeline, PipelineDestination } from './pipeline.ts';
import { unlockReplicas } from './unlock-replicas.ts';
import { Countdown, Refusals } from './waiting-for.ts';

/** A destination that takes no part, and why. */
export interface Absent {
  readonly name: string;
  readonly status: Exclude<OutcomeStatus, 'stored' | 'behind'>;
  readonly error: BackupError;
}

/** Whether it may come when it is given more time. */
export const isLate = ({ status, error }: Absent): boolean => status === 'failed' && error.retryable;

export interface ReplicaSet {
  readonly replicas: readonly Replica[];
  readonly absent: readonly Absent[];
  /** Destinations that are there and hold no repository; `init` may make one. Still to be disposed. */
  readonly empty: readonly Place[];
  /** Destinations whose repository config is damaged, so that their siblings' key does not open it; in `absent` too. */
  readonly damaged: readonly Place[];
  /** Everything is read that the beginning takes: from now on each call may take as long as any. */
  readonly settle: () => void;
}

/** A destination that is open and no replica. */
export interface Place {
  readonly name: string;
  readonly mask: number;
  readonly destination: Destination;
}

export interface Found {
  readonly configured: PipelineDestination;
  readonly mask: number;
  readonly destination: Destination;
  /** `undefined`: no repository stands there. */
  readonly config: Buffer | undefined;
}

export interface OpenReplicasOptions {
  /** Names of the destinations to open; all when absent. */
  readonly only?: ReadonlySet<string> | undefined;
  /**
   * How long one may keep the others waiting, in milliseconds, until `settle`; who takes longer is UNAVAILABLE. As long as any other call
   * may take when absent.
   */
  readonly hurryMs?: number | undefined;
  /**
   * When so many are ready to be written to, nobody waits for another one that fails in a way that may pass: for further attempts to open
   * it, or after three to read from it. All attempts are made when absent.
   */
  readonly enough?: number | undefined;
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
  const hurryMs = Math.min(options.hurryMs ?? Number.POSITIVE_INFINITY, pipeline.patienceMs);
  const hurried = options.hurryMs === undefined ? pipeline : { ...pipeline, patienceMs: hurryMs };
  const patient: PatientDestination[] = [];
  const ready = new Countdown(options.enough ?? Number.POSITIVE_INFINITY);
  const opened = await Promise.all(
    pipeline.destinations.map(async (configured, i) => {
      if (only && !only.has(configured.name)) return undefined;
      const patienceMs = options.hurryMs === undefined ? patienceOf(pipeline) : hurryMs;
      return openOne(hurried, configured, 2 ** i, { stack, patienceMs, patient, ready });
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
  const unlocked = await unlockReplicas(pipeline, found, remembered);
  absent.push(...unlocked.absent);
  const replicas = withoutTwins(unlocked.replicas, remembered, absent);
  const rest = withoutStrangers(replicas, remembered, absent);
  const settle = (): void => {
    for (const destination of patient) destination.patienceMs = patienceOf(pipeline);
  };
  return { ...rest, empty: empty.map(emptyOf), damaged: unlocked.damaged.map(emptyOf), settle };
};

const emptyOf = ({ configured, mask, destination }: Found): Place => ({
  name: configured.name,
  mask,
  destination,
});

interface Opening {
  readonly stack: AsyncDisposableStack;
  readonly patienceMs: number;
  /** Where it is noted when it is open. */
  readonly patient: PatientDestination[];
  readonly ready: Countdown;
}

const openOne = async (
  pipeline: Pipeline,
  configured: PipelineDestination,
  mask: number,
  { stack, patienceMs, patient, ready }: Opening,
): Promise<Found | Absent> => {
  const { name } = configured;
  const refusals = new Refusals(ready.done);
  let destination: PatientDestination | undefined;
  using _ = tellSilence(pipeline, name, refusals);
  try {
    const onRetry = (error: BackupError): void => {
      refusals.add(error);
      destination?.refused(error);
    };
    const opened = await openDestination(pipeline, configured, { enough: ready.done, onRetry });
    destination = stack.use(new PatientDestination(opened, patienceMs));
    patient.push(destination);
    pipeline.emit({ type: 'opened', destination: name, label: destination.label });
    const config = await readConfig(destination, AbortSignal.any([pipeline.signal, refusals.over]));
    if (config !== undefined && !configured.readOnly) ready.came();
    return { configured, mask, destination, config };
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

const silenceMs = 2000;

/** Says once that a place keeps everybody waiting. */
const tellSilence = (
  { emit, patienceMs }: Pipeline,
  destination: string,
  refusals: Pick<Refusals, 'last'>,
): Disposable => {
  if (patienceMs < 2 * silenceMs) return { [Symbol.dispose]: () => undefined };
  const timer = setTimeout(() => {
    const { last } = refusals;
    const refused = last === undefined ? {} : { refused: last };
    emit({ type: 'silent', destination, patienceMs: patienceMs - silenceMs, ...refused });
  }, silenceMs);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
};

const readConfig = async (destination: Destination, signal: AbortSignal): Promise<Buffer | undefined> => {
  try {
    return await collect(destination.get(configKey, { signal }), mostStoredBytes.config);
  } catch (error) {
    if (isBackupError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
};

/**
 * Two replicas with one id: a copy made by hand, which would poison caches and take part as if it were another copy. The one that had this
 * id before is the right one; when nobody remembers, neither is touched.
 */
const withoutTwins = (
  replicas: readonly Replica[],
  remembered: Readonly<Record<string, string>>,
  absent: Absent[],
): readonly Replica[] => {
  const left: Replica[] = [];
  for (const replica of replicas) {
    const twins = replicas.filter(({ config }) => config.id === replica.config.id);
    const [first] = twins.filter(({ name, config }) => remembered[name] === config.id);
    if (twins.length === 1 || first === replica) left.push(replica);
    else if (!first) throw twinError(twins[0] ?? replica, twins[1] ?? replica);
    else absent.push({ name: replica.name, status: 'failed', error: twinError(first, replica) });
  }
  return left;
};

const twinError = (a: Replica, b: Replica): BackupError =>
  new BackupError(
    'WRONG_REPOSITORY',
    `"${a.name}" and "${b.name}" are one and the same replica, or a copy made by hand`,
    {
      hint:
        'if both lead to one folder, take one of them out of the configuration; if one is a copy, move it away, run `triplicate init`, ' +
        'then `triplicate sync`: each replica needs an id of its own',
    },
  );

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
      hint: 'connect the right disk, or correct the path; if it is meant, `triplicate init` accepts this one',
      context: { destination: name },
    });
    return { name, status: 'failed', error };
  });
  return { replicas: replicas.filter((replica) => !swapped.includes(replica)), absent: [...absent, ...strangersFound] };
};
