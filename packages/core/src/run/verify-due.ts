/** Verification that adds up: each turn reads the packs that are due, and what is bad is mended from the siblings at once. */
import { throwIfAborted, toBackupError, type BackupError } from '../errors.ts';
import { objectSizes } from '../repository/objects.ts';
import type { Replica } from '../repository/replica.ts';
import { choosePacksToVerify } from '../verify/budget.ts';
import { readPacks } from './check-data.ts';
import { requireNames, type CheckError } from './check.ts';
import { healPacks } from './heal-packs.ts';
import type { Pipeline } from './pipeline.ts';
import { Session } from './session.ts';

export interface VerifyRequest {
  readonly only?: ReadonlySet<string>;
  readonly withinMs: number;
  /** How long it may be until the next turn. */
  readonly untilNextMs: number;
}

export interface VerifyResult {
  readonly destination: string;
  /** `healed`: something was bad and is whole again. */
  readonly status: 'whole' | 'healed' | 'damaged' | 'failed' | 'skipped' | 'locked';
  readonly packs: number;
  readonly packsRead: number;
  readonly bytesRead: number;
  readonly found: readonly CheckError[];
  /** What is still bad. */
  readonly left: readonly CheckError[];
  readonly error?: BackupError;
}

const nothing = { packs: 0, packsRead: 0, bytesRead: 0, found: [], left: [] };

/** TypeError without a catalog: what was read when has to be kept somewhere. */
export const verifyDue = async (pipeline: Pipeline, request: VerifyRequest): Promise<readonly VerifyResult[]> => {
  requireNames(pipeline, request.only);
  const results: VerifyResult[] = [];
  {
    await using session = await Session.open(pipeline, {
      lock: 'reading',
      ...(request.only ? { only: request.only } : {}),
    });
    for (const replica of session.replicas) results.push(await verifyOne(session, replica, request));
    results.push(
      ...session.absent.map(({ name, status, error }): VerifyResult => ({
        destination: name,
        status,
        ...nothing,
        error,
      })),
    );
  }
  for (const [i, result] of results.entries()) {
    if (result.status === 'damaged') results[i] = await mend(pipeline, result);
  }
  await remember(pipeline, results);
  return results;
};

const catalogOf = ({ catalog }: Pipeline) => {
  if (!catalog) throw new TypeError('a pipeline without a catalog');
  return catalog;
};

const verifyOne = async (
  session: Session,
  replica: Replica,
  { withinMs, untilNextMs }: VerifyRequest,
): Promise<VerifyResult> => {
  const { pipeline, index } = session;
  const catalog = catalogOf(pipeline);
  const key = { destination: replica.name, replica: replica.config.id };
  try {
    const named = [...index.packNumbers].filter(([, pack]) => (index.table.packs.presence(pack) & replica.mask) !== 0);
    const packs = named.map(([id, pack]) => ({ id, size: index.table.packs.size(pack) }));
    const stored = await objectSizes(replica.destination, 'data', { signal: pipeline.signal });
    const lost = packs.filter(({ id, size }) => stored.get(id) !== size);
    const found: CheckError[] = lost.map(({ id }) => ({
      kind: 'pack',
      id,
      message: `pack ${id.slice(0, 8)} is missing or cut off`,
    }));
    catalog.keepVerified(key, new Set(packs.map(({ id }) => id)));
    const known = catalog.verified(key);
    const there = packs.filter(({ id, size }) => stored.get(id) === size);
    const now = pipeline.clock.now().getTime();
    const chosen = choosePacksToVerify(
      there.map((pack) => ({ ...pack, verifiedAt: known.get(pack.id) })),
      { now, withinMs, untilNextMs },
    );
    const read = await readPacks({ pipeline, replica, packs: chosen });
    found.push(...read.errors);
    const bad = new Set(found.map(({ id }) => id));
    catalog.packsVerified(
      key,
      chosen.map(({ id }) => id).filter((id) => !bad.has(id)),
      now,
    );
    const figures = { packs: packs.length, packsRead: chosen.length, bytesRead: read.bytesRead };
    return {
      destination: replica.name,
      status: found.length > 0 ? 'damaged' : 'whole',
      ...figures,
      found,
      left: found,
    };
  } catch (cause) {
    throwIfAborted(pipeline.signal);
    return {
      destination: replica.name,
      status: 'failed',
      ...nothing,
      error: toBackupError(cause).with({ destination: replica.name }),
    };
  }
};

/** With the siblings open and only this one locked for itself; what was mended is read once more. */
const mend = async (pipeline: Pipeline, result: VerifyResult): Promise<VerifyResult> => {
  const { destination } = result;
  try {
    await using session = await Session.open(pipeline, { lock: 'shared', exclusive: new Set([destination]) });
    const target = session.replicas.find(({ name }) => name === destination);
    if (!target) return result;
    await healPacks(session, target, [...new Set(result.found.map(({ id }) => id))]);
    const sizes = await objectSizes(target.destination, 'data', { signal: pipeline.signal });
    const again = result.found.flatMap(({ id }) => {
      const size = sizes.get(id);
      return size === undefined ? [] : [{ id, size }];
    });
    const { errors } = await readPacks({ pipeline, replica: target, packs: again });
    const left = [...errors, ...result.found.filter(({ id }) => !sizes.has(id) && isNamed(session, id))];
    const bad = new Set(left.map(({ id }) => id));
    const whole = again.map(({ id }) => id).filter((id) => !bad.has(id));
    const key = { destination, replica: target.config.id };
    catalogOf(pipeline).packsVerified(key, whole, pipeline.clock.now().getTime());
    return { ...result, status: left.length > 0 ? 'damaged' : 'healed', left };
  } catch (cause) {
    throwIfAborted(pipeline.signal);
    return { ...result, error: toBackupError(cause).with({ destination }) };
  }
};

/** A pack whose sound parts were moved into others is named no more. */
const isNamed = ({ index }: Session, id: string): boolean => index.packNumbers.has(id);

/** Damage that is left counts against the destination until a check finds it whole. */
const remember = async (pipeline: Pipeline, results: readonly VerifyResult[]): Promise<void> => {
  const at = pipeline.clock.now().getTime();
  await pipeline.state.change((content) => {
    const checks = { ...content.checks };
    for (const { destination, status } of results) {
      if (status === 'damaged') checks[destination] = { at, whole: false, readData: true };
      if (status === 'healed' || status === 'whole')
        checks[destination] = {
          at,
          whole: content.checks[destination]?.whole !== false || status === 'healed',
          readData: false,
        };
    }
    return { ...content, checks };
  });
};
