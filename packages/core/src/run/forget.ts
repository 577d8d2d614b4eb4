/** Takes snapshots off the replicas: by name, by a policy that a person gives, or by each destination's own. Their data stays until `prune`. */
import { refuseUnknownSources } from './choose-sources.ts';
import type { Retain } from '../config/retain.ts';
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { snapshotKey } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import type { ChangeAlarm } from '../retention/alarms.ts';
import { timestampFromNs } from '../repository/timestamp.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { type ForgetDecision, forgottenBy, type ForgetPlan, holdBack, planForget } from './forget-plan.ts';
import { acceptChanges, errorOfAlarm, openAlarms } from './alarm-change.ts';
import type { Absent } from './open-replicas.ts';
import { lostIds, splitLost } from './lost-snapshots.ts';
import { note } from './note.ts';
import type { Pipeline } from './pipeline.ts';
import { rememberReplicas } from './remember.ts';
import { Session } from './session.ts';
import { canRemove, settleForgotten } from './settle-forgotten.ts';

export interface ForgetRequest {
  /** Snapshots as a person names them. */
  readonly snapshots?: readonly string[];
  /**
   * What replicas have lost, all of them or the destination of this name, is forgotten everywhere, by itself: without names and a policy. The
   * newest whole snapshot of each source stays where it is, and what an alarm holds back.
   */
  readonly lost?: string | true;
  /** Holds for every destination, instead of what the configuration says. */
  readonly policy?: Retain;
  /** Only snapshots of these sources are weighed by a policy. */
  readonly sources?: ReadonlySet<string>;
  readonly dryRun: boolean;
  /**
   * However much the sources changed, it was right: nothing is held back because of it, now and later. By itself, without names and without a
   * policy, it forgets nothing, for what the destinations' own policies take then is the very history that was held back.
   */
  readonly acceptChange?: boolean;
  /** Told what stays and why, before anything is removed. */
  readonly onPlan?: (plan: ForgetPlan) => Promise<void> | void;
}

export interface ForgetResult {
  readonly destination: string;
  /** `pending`: it is out of reach, and is brought up when it is back. */
  readonly status: 'done' | 'pending' | 'failed' | 'skipped' | 'locked';
  readonly forgotten: number;
  readonly kept: number;
  readonly error?: BackupError;
}

/** The plan is made and carried out under one lock, so what is told is what is done. USAGE when nothing says what to forget. */
export const forget = async (pipeline: Pipeline, request: ForgetRequest): Promise<readonly ForgetResult[]> => {
  await using session = await Session.open(pipeline, { lock: request.dryRun ? 'read' : 'exclusive' });
  refuseUnknownSources(session, request.sources ?? []);
  const asked = request.lost === undefined ? undefined : await lostIds(session, request.lost);
  const { lost, others } = await splitLost(session, asked ? [...asked] : (request.snapshots ?? []));
  const onlyLost = !asked && lost.length > 0 && others.length === 0 && request.policy === undefined;
  const made: ForgetPlan = onlyLost
    ? { decisions: [], explicit: true, named: new Set() }
    : await planWithAlarms(session, { ...request, snapshots: others, lost: asked });
  const plan = { ...made, gone: lost };
  await request.onPlan?.(plan);
  if (request.dryRun)
    return [
      ...session.replicas.map((replica) => dryResult(session, plan, replica)),
      ...session.absent.map(absentResult),
    ];
  await rememberReplicas(session);
  await putOutOfMind(pipeline, new Set([...plan.named, ...lost]));
  return await (plan.explicit
    ? forgetEverywhere(session, plan, { ids: lost, by: asked ? 'policy' : 'name' })
    : forgetByOwnPolicies(session, plan));
};

/** What a person forgets by name tells no more how much a source changed. */
const putOutOfMind = async (pipeline: Pipeline, named: ReadonlySet<string>): Promise<void> => {
  if (named.size === 0) return;
  await note(pipeline, (content) => ({ ...content, past: content.past.filter(({ id }) => !named.has(id)) }));
};

type Planned = Omit<ForgetRequest, 'lost'> & { readonly lost: ReadonlySet<string> | undefined };

const planWithAlarms = async (session: Session, request: Planned): Promise<ForgetPlan> => {
  const { pipeline } = session;
  const alarms = await openAlarms(pipeline, session.snapshots);
  const ofSources = ({ snapshot: { source } }: ChangeAlarm): boolean =>
    request.sources === undefined || (source !== undefined && request.sources.has(source));
  const accepted = request.acceptChange === true ? alarms.filter(ofSources) : [];
  if (!request.dryRun) await acceptChanges(pipeline, accepted);
  const standing = alarms.filter((alarm) => !accepted.includes(alarm));
  for (const alarm of standing.filter(({ explained }) => !explained)) {
    const { source } = alarm.snapshot;
    pipeline.emit({ type: 'warning', ...(source === undefined ? {} : { source }), error: errorOfAlarm(alarm) });
  }
  const nothing: ForgetPlan = { decisions: [], explicit: false, named: new Set() };
  const hasPolicy = pipeline.destinations.some(({ retain }) => retain !== undefined);
  const plan = onlyAccepts(request) && !(request.dryRun && hasPolicy) ? nothing : planForget(session, request);
  return { ...holdBack(plan, standing), accepted };
};

const onlyAccepts = ({ acceptChange, snapshots = [], policy, lost }: Planned): boolean =>
  acceptChange === true && lost === undefined && snapshots.length === 0 && policy === undefined;

/** Where nothing was weighed (a change was accepted and no more), all that is there is kept. */
const countsOf = (
  { snapshots }: Session,
  decisions: readonly ForgetDecision[],
  { name, mask }: Replica,
): { kept: number; forgotten: number } => {
  if (decisions.length === 0)
    return { kept: snapshots.filter((snapshot) => (snapshot.mask & mask) !== 0).length, forgotten: 0 };
  const own = decisions.filter(({ destination }) => destination === name);
  const kept = own.filter(({ keep }) => keep).length;
  return { kept, forgotten: own.length - kept };
};

const dryResult = (session: Session, { decisions }: ForgetPlan, replica: Replica): ForgetResult => {
  const { name: destination } = replica;
  const { kept, forgotten } = countsOf(session, decisions, replica);
  if (forgotten === 0 || canRemove(session.pipeline, replica)) return { destination, status: 'done', kept, forgotten };
  return { destination, status: 'skipped', kept: kept + forgotten, forgotten: 0, error: keeps(destination) };
};

const absentResult = ({ name, status, error }: Absent): ForgetResult => ({
  destination: name,
  status,
  forgotten: 0,
  kept: 0,
  error,
});

/** With intents, so that no replica that is away brings them back. */
const forgetEverywhere = async (
  session: Session,
  plan: ForgetPlan,
  gone: { readonly ids: readonly string[]; readonly by: 'name' | 'policy' },
): Promise<readonly ForgetResult[]> => {
  const { pipeline } = session;
  const now = timestampFromNs(BigInt(pipeline.clock.now().getTime()) * 1_000_000n, 'local');
  const going = [...forgottenBy(plan), ...gone.ids.map((id) => [id, gone.by] as const)];
  const fresh = going.map(([id, by]) => ({ id, by, time: now }));
  const settled = await settleForgotten(session, { fresh, dryRun: false });
  const results = session.replicas.map((replica): ForgetResult => {
    const { name, mask } = replica;
    const forgotten = settled.removed.get(name) ?? 0;
    const kept = settled.snapshots.filter((snapshot) => (snapshot.mask & mask) !== 0).length;
    const error = settled.failed.get(name);
    if (error) return { destination: name, status: 'failed', forgotten, kept, error };
    if (!canRemove(pipeline, replica))
      return { destination: name, status: 'skipped', forgotten, kept, error: keeps(name) };
    return { destination: name, status: 'done', forgotten, kept };
  });
  const absent = session.absent.map((place): ForgetResult => ({ ...absentResult(place), status: 'pending' }));
  return [...results, ...(fresh.length > 0 ? absent : session.absent.map(absentResult))];
};

/** Each by itself; a destination that is away has its turn when it is back. */
const forgetByOwnPolicies = async (session: Session, plan: ForgetPlan): Promise<readonly ForgetResult[]> => {
  const results: ForgetResult[] = [];
  for (const replica of session.replicas) results.push(await forgetOn(session, replica, plan.decisions));
  return [...results, ...session.absent.map(absentResult)];
};

const forgetOn = async (
  session: Session,
  replica: Replica,
  decisions: readonly ForgetDecision[],
): Promise<ForgetResult> => {
  const { pipeline, lockLost } = session;
  const { name } = replica;
  const counts = countsOf(session, decisions, replica);
  const going = decisions.filter(({ destination, keep }) => destination === name && !keep);
  if (going.length === 0) return { destination: name, status: 'done', ...counts };
  if (!canRemove(pipeline, replica))
    return {
      destination: name,
      status: 'skipped',
      forgotten: 0,
      kept: counts.kept + counts.forgotten,
      error: keeps(name),
    };
  const gone: ListedSnapshot[] = [];
  try {
    for (const { snapshot } of going) {
      const lost = lockLost.get(replica);
      if (lost) throwIfAborted(lost);
      await replica.destination.delete(snapshotKey(snapshot.id), { signal: pipeline.signal });
      gone.push(snapshot);
    }
    return { destination: name, status: 'done', ...counts };
  } catch (cause) {
    throwIfAborted(pipeline.signal);
    const error = toBackupError(cause).with({ destination: name });
    return { destination: name, status: 'failed', kept: counts.kept, forgotten: gone.length, error };
  } finally {
    await forgetInState(pipeline, name, gone);
  }
};

/** What we removed ourselves is no loss to raise an alarm about. */
const forgetInState = (pipeline: Pipeline, name: string, gone: readonly ListedSnapshot[]): Promise<void> => {
  const ids = new Set(gone.map(({ id }) => id));
  return note(pipeline, (content) => ({
    ...content,
    snapshots: { ...content.snapshots, [name]: (content.snapshots[name] ?? []).filter((id) => !ids.has(id)) },
  }));
};

const keeps = (name: string): BackupError =>
  new BackupError('UNSUPPORTED', `nothing can be deleted on "${name}"`, {
    hint: 'its snapshots stay; remove `readOnly`, or forget with credentials that may delete',
    context: { destination: name },
  });
