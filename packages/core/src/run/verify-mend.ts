/** Mends what a turn of verification found on one replica, out of its siblings, and looks at all of it once more. */
import { BackupError } from '../errors.ts';
import { objectSizes } from '../repository/objects.ts';
import type { Replica } from '../repository/replica.ts';
import { readPacks } from './check-data.ts';
import { checkReplica, type CheckError } from './check.ts';
import { bringMissing } from './heal.ts';
import { healKeys } from './heal-access.ts';
import { healIndex, healSnapshots } from './heal-index.ts';
import { healPacks } from './heal-packs.ts';
import { findLostSnapshots } from './lost-snapshots.ts';
import type { Pipeline } from './pipeline.ts';
import { Session } from './session.ts';
import { sync } from './sync.ts';
import type { VerifyResult } from './verify-due.ts';
import { catalogOf, lostOnes, packsOfTree, readSmall } from './verify-look.ts';

type Found = Pick<VerifyResult, 'destination' | 'found'>;

export interface Mended {
  /** With what came to light on the way: a pack that only a lost index named. */
  readonly found: readonly CheckError[];
  readonly left: readonly CheckError[];
}

const mostRounds = 4;

/** The siblings are open, and only this replica is locked for itself. */
export const mend = async (pipeline: Pipeline, { destination, found: first }: Found): Promise<Mended> => {
  let found = first;
  let todo = first;
  for (let round = 1; ; round += 1) {
    {
      await using session = await openFor(pipeline, destination);
      await replaceBad(session, targetOf(session, destination), todo);
    }
    if (await hasLost(pipeline, destination)) await sync(pipeline, { to: new Set([destination]), dryRun: false });
    await using session = await openFor(pipeline, destination);
    const left = await lookAgain(session, targetOf(session, destination), found);
    const news = left.filter(({ kind, id }) => !found.some((one) => one.kind === kind && one.id === id));
    found = [...found, ...news];
    if (left.length === 0 || round === mostRounds || (news.length === 0 && round > 1)) return { found, left };
    todo = left;
  }
};

const hasLost = async (pipeline: Pipeline, destination: string): Promise<boolean> => {
  await using session = await openFor(pipeline, destination);
  return (await findLostSnapshots(session)).has(destination);
};

const openFor = (pipeline: Pipeline, destination: string): Promise<Session> =>
  Session.open(pipeline, { lock: 'shared', exclusive: new Set([destination]), uncached: true });

const targetOf = ({ replicas, absent }: Session, destination: string): Replica => {
  const target = replicas.find(({ name }) => name === destination);
  if (target) return target;
  const { error } = absent.find(({ name }) => name === destination) ?? {};
  throw error ?? new BackupError('UNAVAILABLE', `"${destination}" takes no part`);
};

/** In the order in which one needs the other: an index that is whole again may name packs that were not looked for. */
const replaceBad = async (session: Session, target: Replica, found: readonly CheckError[]): Promise<void> => {
  const { pipeline, replicas } = session;
  const { signal } = pipeline;
  const siblings = replicas.filter((replica) => replica !== target);
  const has = (...kinds: readonly CheckError['kind'][]): boolean => found.some(({ kind }) => kinds.includes(kind));
  if (has('key')) await healKeys(pipeline, target);
  if (has('snapshot')) await healSnapshots(target, siblings, signal);
  if (has('index', 'blob', 'tree')) await healIndex(target, siblings, signal);
  await healPacks(session, target, idsOf(found, 'pack'));
  if (has('index', 'blob', 'tree')) await bringMissing(session, target);
};

const idsOf = (errors: readonly CheckError[], kind: CheckError['kind']): string[] => [
  ...new Set(errors.filter((error) => error.kind === kind).map(({ id }) => id)),
];

const lookAgain = async (
  session: Session,
  target: Replica,
  found: readonly CheckError[],
): Promise<readonly CheckError[]> => {
  const { pipeline, index } = session;
  const { signal } = pipeline;
  const structure = await checkReplica(pipeline, target, { random: () => 0 });
  if (structure.error) throw structure.error;
  const sizes = await objectSizes(target.destination, 'data', { signal });
  const suspects = structure.errors.flatMap((error) => packsOfTree(session, target, error));
  const again = [...new Set([...idsOf(found, 'pack'), ...suspects])].flatMap((id) => {
    const size = sizes.get(id);
    // A pack whose sound parts were moved into others is named no more.
    return size === undefined || !index.packNumbers.has(id) ? [] : [{ id, size }];
  });
  const read = await readPacks({ pipeline, replica: target, packs: again });
  const indexes = [...index.files.values()].filter(({ mask }) => (mask & target.mask) !== 0).map(({ id }) => id);
  const files = [
    ...idsOf(found, 'index')
      .filter((id) => indexes.includes(id))
      .map((id) => ({ kind: 'index' as const, id })),
    ...idsOf(found, 'snapshot').map((id) => ({ kind: 'snapshots' as const, id })),
  ];
  const lost = (await findLostSnapshots(session)).get(target.name) ?? [];
  const left = [...lostOnes(lost), ...structure.errors, ...read.errors, ...(await readSmall(files, target, signal))];
  const bad = new Set(left.map(({ id }) => id));
  const whole = again.map(({ id }) => id).filter((id) => !bad.has(id));
  const key = { destination: target.name, replica: target.config.id };
  catalogOf(pipeline).packsVerified(key, whole, pipeline.clock.now().getTime());
  return [...new Map(left.map((error) => [`${error.kind} ${error.id}`, error])).values()];
};
