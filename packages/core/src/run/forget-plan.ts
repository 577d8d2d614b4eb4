/** What a forget would do: for each snapshot on each destination whether it stays, and why. */
import { BackupError } from '../errors.ts';
import { type ChangeAlarm, heldBack } from '../retention/alarms.ts';
import { decideRetention } from '../retention/decide.ts';
import { lastWhole } from '../retention/last-whole.ts';
import { findSnapshot } from '../snapshot/find-snapshot.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import type { ForgetRequest } from './forget.ts';
import type { Session } from './session.ts';

export interface ForgetDecision {
  readonly snapshot: ListedSnapshot;
  readonly destination: string;
  readonly keep: boolean;
  readonly reasons: readonly string[];
}

export interface ForgetPlan {
  readonly decisions: readonly ForgetDecision[];
  /** A person said what goes, so it goes from every destination and stays away. */
  readonly explicit: boolean;
  /** Named by a person; the others go by a policy. */
  readonly named: ReadonlySet<string>;
  /** Lost snapshots that no replica lists any more: they are forgotten with it, and told as lost no longer. */
  readonly gone?: readonly string[];
  /** Sudden changes that are accepted with it. */
  readonly accepted?: readonly ChangeAlarm[];
}

/** A policy was made for what a source usually does: it takes nothing that an alarm holds back. What a person named goes. */
export const holdBack = (plan: ForgetPlan, alarms: readonly ChangeAlarm[]): ForgetPlan => ({
  ...plan,
  decisions: plan.decisions.map((decision) => {
    const { keep, snapshot } = decision;
    const why = keep || plan.named.has(snapshot.id) ? undefined : heldBack(snapshot, alarms);
    return why === undefined ? decision : { ...decision, keep: true, reasons: [why] };
  }),
});

type Parts = Pick<Session, 'pipeline' | 'replicas' | 'snapshots'>;
type Wishes = Pick<ForgetRequest, 'snapshots' | 'policy' | 'sources'> & {
  readonly lost?: ReadonlySet<string> | undefined;
};

export const planForget = (session: Parts, { snapshots: names = [], policy, sources, lost }: Wishes): ForgetPlan => {
  if (lost)
    return { decisions: onEach(session, reasonsBeside(lost, session), new Set()), explicit: true, named: new Set() };
  const named = new Set(names.map((name) => findSnapshot(session.snapshots, name).id));
  if (named.size === 0 && policy === undefined) {
    return { decisions: ownPolicies(session, sources), explicit: false, named };
  }
  const weighed = session.snapshots.filter(
    ({ id, source }) => !named.has(id) && (sources === undefined || (source !== undefined && sources.has(source))),
  );
  const reasons = new Map<string, readonly string[]>();
  if (policy === undefined) for (const { id } of session.snapshots) reasons.set(id, ['not named']);
  else {
    for (const { id } of session.snapshots) reasons.set(id, ['another source']);
    for (const one of decide(session, weighed, policy)) reasons.set(one.snapshot.id, one.reasons);
  }
  for (const id of named) reasons.set(id, []);
  return { decisions: onEach(session, reasons, named), explicit: true, named };
};

/** What one replica has lost goes from the others by no name: the newest whole snapshot of each source stays, and can be brought back. */
const reasonsBeside = (lost: ReadonlySet<string>, { snapshots }: Parts): ReadonlyMap<string, readonly string[]> => {
  const last = lastWhole(snapshots);
  const reasonsOf = (id: string): readonly string[] => {
    if (!lost.has(id)) return ['not lost'];
    return last.has(id) ? ['last whole snapshot'] : [];
  };
  return new Map(snapshots.map(({ id }) => [id, reasonsOf(id)]));
};

const decide = ({ pipeline }: Parts, snapshots: readonly ListedSnapshot[], policy: NonNullable<Wishes['policy']>) =>
  decideRetention(snapshots, policy, { now: pipeline.clock.now(), keepLastWhole: true });

/** A replica that is behind keeps the newest whole snapshot of each source that it has, whatever its siblings have. */
const onEach = (
  { replicas, snapshots }: Parts,
  reasons: ReadonlyMap<string, readonly string[]>,
  named: ReadonlySet<string>,
): ForgetDecision[] =>
  replicas.flatMap(({ name, mask }) => {
    const there = snapshots.filter((snapshot) => (snapshot.mask & mask) !== 0);
    const last = lastWhole(there.filter(({ id }) => !named.has(id)));
    return there.map((snapshot) => {
      const own = reasons.get(snapshot.id) ?? [];
      const all = own.length === 0 && last.has(snapshot.id) ? ['last whole snapshot here'] : own;
      return { snapshot, destination: name, keep: all.length > 0, reasons: all };
    });
  });

const ownPolicies = (session: Parts, sources: Wishes['sources']): ForgetDecision[] => {
  const { pipeline, replicas, snapshots } = session;
  if (pipeline.destinations.every(({ retain }) => retain === undefined)) {
    throw new BackupError('USAGE', 'nothing says what to forget', {
      hint: 'name snapshots, give a policy (e.g. --keep-daily 7 --keep-monthly 12), or add `retain` to the pipeline',
    });
  }
  return replicas.flatMap(({ name, mask }) => {
    const retain = pipeline.destinations.find((configured) => configured.name === name)?.retain;
    const there = snapshots.filter((snapshot) => (snapshot.mask & mask) !== 0);
    const isWeighed = ({ source }: ListedSnapshot): boolean =>
      sources === undefined || (source !== undefined && sources.has(source));
    const stays = (snapshot: ListedSnapshot, reason: string): ForgetDecision => ({
      snapshot,
      destination: name,
      keep: true,
      reasons: [reason],
    });
    if (retain === undefined) return there.map((snapshot) => stays(snapshot, 'no policy here'));
    return [
      ...decide(session, there.filter(isWeighed), retain).map((one) => ({ ...one, destination: name })),
      ...there.filter((snapshot) => !isWeighed(snapshot)).map((snapshot) => stays(snapshot, 'another source')),
    ];
  });
};

/** What goes for good, and whether a person named it. */
export const forgottenBy = ({ decisions, named }: ForgetPlan): ReadonlyMap<string, 'name' | 'policy'> =>
  new Map(
    decisions
      .filter(({ keep }) => !keep)
      .map(({ snapshot: { id } }) => [id, named.has(id) ? 'name' : 'policy'] as const),
  );
