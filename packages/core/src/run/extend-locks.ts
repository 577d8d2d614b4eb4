/**
 * Keeps what the snapshots need from being deleted for as long as they need it. A place with `immutable` locks an object from when it was
 * written, and a pack that is written once is needed for years: its lock has to be extended before it runs out.
 */
import type { Catalog, Keeping, ReplicaKey } from '../catalog/catalog.ts';
import { BackupError, type ErrorCode, isBackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import type { Replica } from '../repository/replica.ts';
import { type NeededObject, neededObjects } from './needed-objects.ts';
import type { Pipeline } from './pipeline.ts';
import { Session } from './session.ts';

/** A lock has to be extended when less than this share of the period is left. */
const dueShare = 1 / 2;
/** When one has to be, all are that have less left than this: so that not every run looks. */
const ripeShare = 3 / 4;
/** What one run does at most; the rest is for the next. */
const mostExtended = 20_000;
const atOnce = 8;

interface Lockable {
  readonly name: string;
  readonly periodMs: number;
}

interface ExtendOptions {
  readonly catalog: Catalog;
  /** Objects in one run. */
  readonly most: number;
}

const lockable = ({ destinations }: Pipeline): Lockable[] =>
  destinations.flatMap(({ name, immutableMs, readOnly }) =>
    immutableMs === undefined || readOnly ? [] : [{ name, periodMs: immutableMs }],
  );

/**
 * Notes, before a run writes anything, since when what is written there is locked for the period that holds now. What is older may have no
 * lock at all, or a shorter one.
 */
export const noteLocks = ({ pipeline, replicas }: Pick<Session, 'pipeline' | 'replicas'>): void => {
  const { catalog, clock } = pipeline;
  if (!catalog) return;
  for (const { name, periodMs } of lockable(pipeline)) {
    const replica = replicas.find((one) => one.name === name);
    if (!replica) continue;
    const key = keyOf(replica);
    try {
      if (catalog.keeping(key)?.periodMs === periodMs) continue;
      catalog.putKeeping(key, { periodMs, since: clock.now().getTime(), next: 0 });
    } catch (cause) {
      // A catalog that cannot be written is no reason to make no backup.
      warn(pipeline, name, cause);
    }
  }
};

const keyOf = ({ name, config }: Replica): ReplicaKey => ({ destination: name, replica: config.id });

/**
 * Extends the locks that run out on those of the destinations that are `there`. Costs nothing while none is due. What goes wrong is a
 * warning, and is tried again by the next run.
 */
export const extendLocks = async (pipeline: Pipeline, there: readonly string[], most = mostExtended): Promise<void> => {
  const { catalog } = pipeline;
  if (!catalog) return;
  let due: ReadonlySet<string> = new Set(there);
  try {
    due = await dueNames(pipeline, catalog, there);
    if (due.size === 0) return;
    await using session = await Session.open(pipeline, { lock: 'reading', only: due });
    for (const replica of session.replicas) await extendOn(session, replica, { catalog, most });
  } catch (cause) {
    throwIfAborted(pipeline.signal);
    for (const destination of due) warn(pipeline, destination, cause);
  }
};

const dueNames = async (pipeline: Pipeline, catalog: Catalog, there: readonly string[]): Promise<Set<string>> => {
  const { replicas } = await pipeline.state.read();
  const now = pipeline.clock.now().getTime();
  const isDue = ({ name, periodMs }: Lockable): boolean => {
    const replica = replicas[name];
    const keeping = replica === undefined ? undefined : catalog.keeping({ destination: name, replica });
    if (!there.includes(name) || keeping === undefined) return false;
    // Further away than a period was reckoned by a clock that was wrong.
    return keeping.next <= now || keeping.next > now + periodMs;
  };
  return new Set(
    lockable(pipeline)
      .filter(isDue)
      .map(({ name }) => name),
  );
};

const extendOn = async (session: Session, replica: Replica, { catalog, most }: ExtendOptions): Promise<void> => {
  const { pipeline } = session;
  const key = keyOf(replica);
  const keeping = catalog.keeping(key);
  if (!keeping) return;
  try {
    const objects = await neededObjects(session, replica);
    const before = catalog.kept(key);
    const untils = new Map(objects.map((object) => [object.key, keptUntil(object, before, keeping)]));
    const extended = new Set(before.keys());
    try {
      await extendRipe({ pipeline, replica, untils, extended }, keeping.periodMs, most);
    } finally {
      catalog.putKept(key, new Map([...untils].filter(([name]) => extended.has(name))));
    }
    catalog.putKeeping(key, { ...keeping, next: nextDue(untils, keeping.periodMs, pipeline.clock.now().getTime()) });
  } catch (cause) {
    throwIfAborted(pipeline.signal);
    warn(pipeline, replica.name, cause);
  }
};

/** At least until then, as far as it is known. */
const keptUntil = ({ key, modified }: NeededObject, kept: ReadonlyMap<string, number>, keeping: Keeping): number =>
  Math.max(kept.get(key) ?? 0, modified >= keeping.since ? modified + keeping.periodMs : 0);

interface Extension {
  readonly pipeline: Pipeline;
  readonly replica: Replica;
  /** Of each needed object; brought up to date. */
  readonly untils: Map<string, number>;
  readonly extended: Set<string>;
}

/** The most urgent first. */
const extendRipe = async (
  { pipeline, replica, untils, extended }: Extension,
  periodMs: number,
  most: number,
): Promise<void> => {
  const { destination, name } = replica;
  const { signal } = pipeline;
  const now = pipeline.clock.now().getTime();
  const until = now + periodMs;
  const ripe = [...untils].filter(([, end]) => end - now < periodMs * ripeShare).toSorted(([, a], [, b]) => a - b);
  const chosen = ripe.slice(0, most).map(([key]) => key);
  let done = 0;
  const tell = (finished: boolean): void => {
    const progress = { done, total: chosen.length, unit: 'objects', finished } as const;
    pipeline.emit({ type: 'work-progress', work: 'lock', destination: name, progress });
  };
  await inParallel(chosen, atOnce, async (key) => {
    try {
      if (destination.keepUntil === undefined) throw new BackupError('UNSUPPORTED', 'the plugin cannot');
      await destination.keepUntil(key, { until: new Date(until), signal });
      untils.set(key, until);
      extended.add(key);
    } catch (error) {
      // What is gone is found by a check, and has no lock to extend.
      if (!isBackupError(error, 'NOT_FOUND')) throw error;
      untils.delete(key);
    }
    done += 1;
    tell(false);
  });
  if (chosen.length > 0) tell(true);
};

/** What is written from now on is not due before the last of these. */
const nextDue = (untils: ReadonlyMap<string, number>, periodMs: number, now: number): number => {
  let first = now + periodMs;
  for (const until of untils.values()) first = Math.min(first, until);
  return first - periodMs * dueShare;
};

const warn = ({ emit }: Pipeline, destination: string, cause: unknown): void => {
  const { code, message, context } = toBackupError(cause);
  const error = new BackupError(
    code,
    `the locks of what snapshots need on "${destination}" were not extended: ${message}`,
    {
      hint: hints[code] ?? 'the next run tries it again; nothing is lost before the locks run out',
      context: { ...context, destination },
      cause,
    },
  );
  emit({ type: 'warning', destination, error });
};

const hints: Partial<Readonly<Record<ErrorCode, string>>> = {
  AUTH: 'allow this key to extend locks (on S3 s3:PutObjectRetention); the page of the destination names the permissions',
  UNSUPPORTED:
    'what is older than the time of `immutable` can be deleted there; ask who makes the plugin for `keepUntil`',
};
