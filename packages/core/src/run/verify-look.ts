/** One turn's look at one replica: by its structure at everything, and by reading at what is due. */
import type { Catalog } from '../catalog/catalog.ts';
import { collect } from '../body.ts';
import { idWordsFromHex } from '../engine/ids.ts';
import { throwIfAborted, toBackupError } from '../errors.ts';
import { mostStoredBytes, objectKey } from '../repository/layout.ts';
import { objectSizes } from '../repository/objects.ts';
import type { Replica } from '../repository/replica.ts';
import { objectId } from '../repository/unpacked.ts';
import { choosePacksToVerify } from '../verify/budget.ts';
import { readPacks } from './check-data.ts';
import { checkReplica, type CheckError } from './check.ts';
import type { Pipeline } from './pipeline.ts';
import type { Session } from './session.ts';
import type { VerifyRequest } from './verify-due.ts';

/** Small objects of their own: by them the packs are found. */
export const smallKinds = { index: 'index', snapshots: 'snapshot' } as const;
type SmallKind = keyof typeof smallKinds;

interface Due {
  readonly kind: SmallKind | 'data';
  readonly id: string;
  readonly size: number;
}

export interface Looked {
  readonly packs: number;
  readonly packsRead: number;
  readonly bytesRead: number;
  readonly found: readonly CheckError[];
}

type Wishes = VerifyRequest & { readonly lost: readonly string[] };

export const lookAtDue = async (session: Session, replica: Replica, wishes: Wishes): Promise<Looked> => {
  const { pipeline, index } = session;
  const { signal } = pipeline;
  const catalog = catalogOf(pipeline);
  const key = { destination: replica.name, replica: replica.config.id };
  const structure = await checkReplica(pipeline, replica, { random: () => 0 });
  if (structure.error) throw structure.error;
  const stored = await objectSizes(replica.destination, 'data', { signal });
  const packs: Due[] = [...index.packNumbers]
    .filter(([, pack]) => (index.table.packs.presence(pack) & replica.mask) !== 0)
    .map(([id, pack]) => ({ kind: 'data', id, size: index.table.packs.size(pack) }));
  const smalls = await smallOnes(replica, signal);
  const there = [...packs.filter(({ id, size }) => stored.get(id) === size), ...smalls];
  // Also a pack whose index is lost for a while keeps its date: it does not come to be read later because of it.
  catalog.keepVerified(key, new Set([...stored.keys(), ...smalls.map(({ id }) => id)]));
  const known = catalog.verified(key);
  const now = pipeline.clock.now().getTime();
  const due = choosePacksToVerify(
    there.map((one) => ({ ...one, verifiedAt: known.get(one.id) })),
    { now, ...wishes },
  );
  const packsOf = (error: CheckError): string[] => packsOfTree(session, replica, error);
  const chosen = new Set([...due.map(({ id }) => id), ...structure.errors.flatMap(packsOf)]);
  const chosenPacks = there.filter(({ kind, id }) => kind === 'data' && chosen.has(id));
  const chosenSmall = there.filter(({ kind, id }) => kind !== 'data' && chosen.has(id));
  const read = await readPacks({ pipeline, replica, packs: chosenPacks });
  const small = await readSmall(chosenSmall, replica, signal);
  // One that is damaged is not listed either; what is known of it is the latter.
  const all = [...lostOnes(wishes.lost), ...structure.errors, ...read.errors, ...small];
  const bad = new Set(all.map(({ id }) => id));
  // What is wrong is the pack.
  const found = all.filter((error) => !packsOf(error).some((pack) => bad.has(pack)));
  catalog.packsVerified(
    key,
    [...chosen].filter((id) => !bad.has(id)),
    now,
  );
  return {
    packs: packs.length,
    packsRead: chosenPacks.length,
    bytesRead: read.bytesRead + chosenSmall.reduce((sum, { size }) => sum + size, 0),
    found: [...new Map(found.map((error) => [`${error.kind} ${error.id}`, error])).values()],
  };
};

export const catalogOf = ({ catalog }: Pipeline): Catalog => {
  if (!catalog) throw new TypeError('a pipeline without a catalog');
  return catalog;
};

const smallOnes = async ({ destination }: Replica, signal: AbortSignal): Promise<Due[]> => {
  const all: Due[] = [];
  for (const kind of Object.keys(smallKinds) as SmallKind[])
    for (const [id, size] of await objectSizes(destination, kind, { signal })) all.push({ kind, id, size });
  return all;
};

/** From the place itself, whatever this machine keeps of it. */
export const readSmall = async (
  objects: readonly { readonly kind: SmallKind | 'data'; readonly id: string }[],
  { destination }: Replica,
  signal: AbortSignal,
): Promise<CheckError[]> => {
  const errors: CheckError[] = [];
  for (const { kind, id } of objects) {
    if (kind === 'data') continue;
    const name = `${smallKinds[kind]} ${id.slice(0, 8)}`;
    try {
      const bytes = await collect(destination.get(objectKey(kind, id), { signal }), mostStoredBytes[kind]);
      if (objectId(bytes) !== id) errors.push({ kind: smallKinds[kind], id, message: `${name} is damaged` });
    } catch (cause) {
      throwIfAborted(signal);
      const error = toBackupError(cause, 'CORRUPT');
      if (error.code !== 'NOT_FOUND' && error.code !== 'CORRUPT') throw error;
      errors.push({ kind: smallKinds[kind], id, message: `${name}: ${error.message}` });
    }
  }
  return errors;
};

/** A folder list that cannot be read stands in a pack that is damaged, which is read at once. */
export const packsOfTree = ({ index }: Session, { mask }: Replica, { kind, id }: CheckError): string[] =>
  kind === 'tree'
    ? index.table
        .places(idWordsFromHex(id), true)
        .filter(({ pack }) => (index.table.packs.presence(pack) & mask) !== 0)
        .map(({ pack }) => index.table.packs.id(pack))
    : [];

export const lostOnes = (lost: readonly string[]): CheckError[] =>
  lost.map((id) => ({ kind: 'snapshot', id, message: `snapshot ${id.slice(0, 8)} is gone` }));
