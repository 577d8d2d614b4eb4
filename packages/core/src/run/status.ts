/** Where everything stands: per source, per destination, and whether the 3-2-1 rule holds. */
import { computeCoverage, type Copy, type Coverage } from '../coverage/coverage.ts';
import { fullAt } from '../coverage/space-trend.ts';
import { isBackupError, throwIfAborted, type BackupError } from '../errors.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import type { SeenCopy } from '../coverage/elsewhere.ts';
import { errorOfAlarm, openAlarms } from './alarm-change.ts';
import { isCurrent } from './current.ts';
import { dueKeysOf, type DueKey } from './due-keys.ts';
import { isKeyFault } from './heal-access.ts';
import { missingOriginal } from './originals.ts';
import type { Absent } from './open-replicas.ts';
import { noteInCatalog, withUsableCatalog } from './note.ts';
import type { Pipeline, PipelineDestination, PipelineSource } from './pipeline.ts';
import type { StateContent } from './pipeline-state.ts';
import { agesOf, unreadAges } from './promised-ages.ts';
import { alarmLostSnapshots, rememberLatest, rememberReplicas } from './remember.ts';
import { wantedOn } from '../retention/wanted.ts';
import { lookHurryMs, Session } from './session.ts';
import { seenElsewhere } from './seen-elsewhere.ts';
import { settleForgotten } from './settle-forgotten.ts';

export interface SourceStatus {
  readonly source: string;
  /** As it is remembered where no destination can be looked at. */
  readonly last?: { readonly id: string; readonly time: string };
  readonly snapshots: number;
  /** Destinations that have the last snapshot. */
  readonly on: readonly string[];
  /** What of the original is not there now, for people. */
  readonly gone: readonly string[];
  /** Copies that are not ours, as far as they were seen. */
  readonly elsewhere: readonly SeenCopy[];
  /** Snapshots that look as if the source had been destroyed, and that nobody accepted: MASS_CHANGE, with the id. */
  readonly alarms: readonly { readonly snapshot: string; readonly error: BackupError }[];
}

export interface DestinationStatus {
  readonly destination: string;
  /** `read-only`: it is there, and what it lacks is never brought. */
  readonly state: 'current' | 'behind' | 'read-only' | 'away' | 'unreachable' | 'empty';
  readonly last?: { readonly id: string; readonly time: string };
  /** Snapshots that siblings have and it has not. */
  readonly behindBy: number;
  /** About how many bytes these take. */
  readonly behindBytes?: number;
  readonly snapshots: number;
  /** Ids of snapshots that it had and has no more, though nobody forgot them. */
  readonly lost: readonly string[];
  readonly lastSeen?: Date;
  readonly lastCheck?: { readonly at: Date; readonly whole: boolean; readonly readData: boolean };
  /** A restore test from there alone. */
  readonly lastProof?: { readonly at: Date; readonly passed: boolean; readonly files: number };
  readonly freeBytes?: number;
  /** When no room is left, if it goes on as it did. */
  readonly fullAt?: Date;
  /** Passwords that were changed or taken away while it was away: until it is back the old ones open it. */
  readonly keysDue: readonly DueKey[];
  /** A removable destination that should have turned up by now. */
  readonly overdue: boolean;
  /** Why it is not there, or what is wrong with one that is. */
  readonly error?: BackupError;
}

/** One that the configuration has no more, or that another computer has. */
export interface FormerSource {
  readonly source: string;
  readonly snapshots: number;
  readonly last: { readonly id: string; readonly time: string };
}

export interface PipelineStatus {
  readonly pipeline: string;
  /** They count in nothing. */
  readonly formerSources: readonly FormerSource[];
  readonly sources: readonly SourceStatus[];
  readonly destinations: readonly DestinationStatus[];
  readonly coverage: Coverage;
}

export const pipelineStatus = async (configured: Pipeline): Promise<PipelineStatus> => {
  const pipeline = withUsableCatalog(configured);
  await using session = await openOrEmpty(pipeline);
  let lost: ReadonlyMap<string, readonly string[]> = new Map();
  if (session instanceof Session) {
    await rememberReplicas(session);
    lost = await alarmLostSnapshots(session);
  }
  const state = await pipeline.state.read();
  const view = session instanceof Session ? session : undefined;
  const sources = await Promise.all(pipeline.sources.map((source) => sourceStatus(pipeline, source, { view, state })));
  if (view) await rememberLatest(pipeline, sources);
  const settled = view && (await settleForgotten(view, { fresh: [], dryRun: true }));
  const forgotten = new Set(settled?.intents.keys());
  const destinations: DestinationStatus[] = [];
  for (const configured of pipeline.destinations)
    destinations.push(await destinationStatus(pipeline, configured, { view, state, session, forgotten, lost }));
  const now = pipeline.clock.now().getTime();
  const copies = await Promise.all(
    pipeline.destinations.map(async ({ name, media, offsite, immutableMs, removable, expectedMs, disk }, i) => ({
      destination: name,
      media,
      offsite,
      immutable: immutableMs !== undefined,
      offline: removable && destinations[i]?.state === 'away',
      current: isCurrent(sources, { name, expectedMs, status: destinations[i], state, snapshots: view?.snapshots }),
      // Whose config is damaged answers, and is not to be opened before it is healed.
      damaged: state.checks[name]?.whole === false || destinations[i]?.error?.code === 'CORRUPT',
      state: destinations[i]?.state ?? ('unreachable' as const),
      behindBy: destinations[i]?.behindBy ?? 0,
      ...roomOf(destinations[i]),
      overdue: destinations[i]?.overdue ?? false,
      isKnown: state.replicas[name] !== undefined,
      fullInMs: fullInMs(destinations[i], now),
      disk: await disk?.(),
    })),
  );
  const originals = await Promise.all(pipeline.sources.map(async ({ disks }) => (await disks?.()) ?? []));
  const coverage = computeCoverage({
    copies,
    originals: originals.flat(),
    sources: sources.map(({ source }) => source),
    gone: sources.filter(({ gone }) => gone.length > 0).map(({ source, gone }) => ({ source, what: gone })),
    others: sources.flatMap(({ source, elsewhere }) =>
      elsewhere.map(({ kind, at, disk }) => ({ source, kind, disk, agoMs: now - at.getTime() })),
    ),
    ages: [...agesOf(pipeline, sources, destinations), ...unreadAges(pipeline, view)],
  });
  const formerSources = formerSourcesOf(pipeline, view?.snapshots ?? []);
  return { pipeline: pipeline.name, sources, formerSources, destinations, coverage };
};

const formerSourcesOf = (pipeline: Pipeline, snapshots: readonly ListedSnapshot[]): FormerSource[] =>
  [...Map.groupBy(snapshots, ({ source }) => source)].flatMap(([source, own]) => {
    const last = own.at(-1);
    const isFormer = source !== undefined && !pipeline.sources.some(({ name }) => name === source);
    return isFormer && last ? [{ source, snapshots: own.length, last: briefly(last) }] : [];
  });

const roomOf = (status: DestinationStatus | undefined): Pick<Copy, 'lacksBytes' | 'freeBytes'> => ({
  ...(status?.behindBytes === undefined ? {} : { lacksBytes: status.behindBytes }),
  ...(status?.freeBytes === undefined ? {} : { freeBytes: status.freeBytes }),
});

const fullInMs = (status: DestinationStatus | undefined, now: number): number | undefined =>
  status?.fullAt && status.fullAt.getTime() - now;

/** When no replica can be opened, why. */
interface Closed extends AsyncDisposable {
  readonly error: BackupError;
  readonly absent: readonly Absent[];
}

const openOrEmpty = async (pipeline: Pipeline): Promise<Session | Closed> => {
  let absent: readonly Absent[] = [];
  const onNobody = (all: readonly Absent[]): void => void (absent = all);
  try {
    return await Session.open(pipeline, { lock: 'read', hurryMs: lookHurryMs, onNobody });
  } catch (error) {
    throwIfAborted(pipeline.signal);
    const tolerable = ['NO_REPOSITORY', 'UNAVAILABLE', 'NOT_FOUND', 'IO'];
    if (!isBackupError(error) || !tolerable.includes(error.code)) throw error;
    return { error, absent, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
};

const sourceStatus = async (
  pipeline: Pipeline,
  configured: PipelineSource,
  { view, state }: Pick<View, 'view' | 'state'>,
): Promise<SourceStatus> => {
  const source = configured.name;
  const own = view?.snapshots.filter((snapshot) => snapshot.source === source) ?? [];
  const last = own.at(-1);
  const on = view?.replicas.filter(({ mask }) => last && (last.mask & mask) !== 0).map(({ name }) => name) ?? [];
  const elsewhere = await seenElsewhere(configured, last, pipeline);
  const heldFiles = (last?.file.summary?.totalFilesProcessed ?? 0) > 0;
  const gone = await missingOriginal(pipeline, configured, heldFiles);
  const alarms = (await openAlarms(pipeline, own))
    .filter(({ explained }) => !explained)
    .map((alarm) => ({ snapshot: alarm.snapshot.id, error: errorOfAlarm(alarm) }));
  return {
    source,
    snapshots: own.length,
    on,
    gone,
    elsewhere,
    alarms,
    ...lastOf(view ? last && briefly(last) : state.latest[source]),
  };
};

const lastOf = (last: SourceStatus['last']): Pick<SourceStatus, 'last'> => (last ? { last } : {});

const briefly = ({ id, file }: ListedSnapshot): { id: string; time: string } => ({ id, time: file.time });

interface View {
  readonly view: Session | undefined;
  readonly state: StateContent;
  readonly session: Session | Closed;
  /** Ids that no destination is behind for. */
  readonly forgotten: ReadonlySet<string>;
  readonly lost: ReadonlyMap<string, readonly string[]>;
}

const destinationStatus = async (
  pipeline: Pipeline,
  { name, expectedMs, retain, readOnly }: PipelineDestination,
  { view, state, session, forgotten, lost }: View,
): Promise<DestinationStatus> => {
  const seen = state.seen[name];
  const check = state.checks[name];
  const now = pipeline.clock.now().getTime();
  const common = {
    destination: name,
    lost: lost.get(name) ?? [],
    keysDue: dueKeysOf(state.keysDue[name]),
    ...(seen === undefined ? {} : { lastSeen: new Date(seen) }),
    ...(check === undefined ? {} : { lastCheck: { ...check, at: new Date(check.at) } }),
    ...proofOf(pipeline, name),
    // One that was seen in the future was seen by a wrong clock.
    overdue: expectedMs !== undefined && (seen === undefined || now - seen > expectedMs || seen > now + dayMs),
  };
  const replica = view?.replicas.find((candidate) => candidate.name === name);
  if (!view || !replica) {
    const absent = session.absent.find((place) => place.name === name);
    const error = absent?.error ?? ('error' in session ? session.error : undefined);
    const isAway = absent?.status === 'skipped';
    const isEmpty = error?.code === 'NO_REPOSITORY' && !isAway;
    const known = state.snapshots[name]?.length ?? 0;
    return {
      ...common,
      state: isAway ? 'away' : isEmpty ? 'empty' : 'unreachable',
      behindBy: 0,
      snapshots: known,
      ...(error ? { error } : {}),
    };
  }
  const there = view.snapshots.filter((snapshot) => (snapshot.mask & replica.mask) !== 0);
  const { mask } = replica;
  const lacking = wantedOn(view.snapshots, { mask, retain, forgotten, now: pipeline.clock.now() });
  const behindBy = lacking.length;
  const last = there.at(-1);
  const space = await replica.destination.space?.({ signal: pipeline.signal }).catch(() => undefined);
  if (space) noteInCatalog(pipeline, (catalog) => catalog.addSpace(name, { at: now, freeBytes: space.freeBytes }));
  const full = fullAt((pipeline.catalog?.spaces(name) ?? []).filter(({ at }) => at <= now + dayMs));
  return {
    ...common,
    ...(replica.keyError && isKeyFault(replica.keyError) ? { error: replica.keyError } : {}),
    overdue: false,
    state: readOnly ? 'read-only' : behindBy > 0 ? 'behind' : 'current',
    behindBy,
    ...(behindBy > 0 ? { behindBytes: bytesOf(lacking) } : {}),
    snapshots: there.length,
    ...(last ? { last: briefly(last) } : {}),
    ...(space ? { freeBytes: space.freeBytes } : {}),
    ...(full ? { fullAt: full } : {}),
  };
};

/** About as many as they brought when they were made. */
const bytesOf = (snapshots: readonly ListedSnapshot[]): number =>
  snapshots.reduce((sum, { file: { summary } }) => sum + (summary?.dataAddedPacked ?? 0), 0);

const dayMs = 24 * 60 * 60_000;

const proofOf = ({ catalog }: Pipeline, name: string): Pick<DestinationStatus, 'lastProof'> => {
  const proof = catalog?.lastProofs().get(name);
  return proof ? { lastProof: { at: new Date(proof.at), passed: proof.passed, files: proof.files } } : {};
};
