/** The part of a check that reads: which packs, and what is in them. */
import { collectExactly } from '../body.ts';
import { ownRooms } from '../engine/rooms.ts';
import { VerifyPool } from '../engine/verify-pool.ts';
import { toBackupError, throwIfAborted } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { packKey } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import type { CheckError } from './check.ts';
import type { Pipeline } from './pipeline.ts';
import { transformSetup } from './transform-setup.ts';

/** `all`, a share of the packs chosen by chance, or the n-th of t equal parts (restic's `n/t`). */
export type ReadData = 'all' | { readonly percent: number } | { readonly part: number; readonly of: number };

/** The packs to read. A part is told by the first byte of the pack's name, as restic does it; a share is drawn by `random`. */
export const choosePacks = (ids: readonly string[], readData: ReadData, random: () => number): string[] => {
  if (readData === 'all') return [...ids];
  if ('part' in readData)
    return ids.filter((id) => Number.parseInt(id.slice(0, 2), 16) % readData.of === readData.part - 1);
  const wanted = Math.min(ids.length, Math.max(1, Math.round((ids.length * readData.percent) / 100)));
  const drawn = ids.map((id) => ({ id, lot: random() })).toSorted((a, b) => a.lot - b.lot);
  return drawn.slice(0, wanted).map(({ id }) => id);
};

export interface ReadParts {
  readonly pipeline: Pipeline;
  readonly replica: Replica;
  readonly packs: readonly { readonly id: string; readonly size: number }[];
}

/** One more than there are threads is read while those are checked. */
const packsAtOnce = (threads: number): number => threads + 1;

/** Reads whole packs and checks every blob; where there are many, several at once in threads of their own. */
export const readPacks = async ({
  pipeline,
  replica,
  packs,
}: ReadParts): Promise<{ errors: CheckError[]; bytesRead: number }> => {
  if (packs.length === 0) return { errors: [], bytesRead: 0 };
  const errors: CheckError[] = [];
  let bytesRead = 0;
  let done = 0;
  const { encrypt, macK, macR } = replica.masterKey;
  await using pool = new VerifyPool({
    threads: pipeline.threads,
    bytes: packs.reduce((sum, { size }) => sum + size, 0),
    masterKey: { encrypt, macK, macR },
    ...transformSetup(pipeline.chain, replica),
  });
  const mostBytes = packs.reduce((most, { size }) => Math.max(most, size), 0);
  const lend = ownRooms((bytes) => new SharedArrayBuffer(bytes));
  await inParallel(packs, packsAtOnce(pipeline.threads), async (pack) => {
    throwIfAborted(pipeline.signal);
    // Each room as large as the largest takes, and a byte to see that there is more: one that is too small for its next pack would be made anew.
    const room = lend(mostBytes + 1);
    const { problems, isRead } = await verifyOne(replica, pack, { pool, room: room.bytes, signal: pipeline.signal });
    // Not after a failure: something may still be written there.
    if (isRead) room[Symbol.dispose]();
    if (problems.length > 0)
      errors.push({ kind: 'pack', id: pack.id, message: `pack ${pack.id.slice(0, 8)}: ${problems.join('; ')}` });
    bytesRead += pack.size;
    done += 1;
    const progress = { done, total: packs.length, unit: 'packs' as const };
    pipeline.emit({ type: 'work-progress', work: 'check', destination: replica.name, progress });
  });
  return { errors, bytesRead };
};

const verifyOne = async (
  replica: Replica,
  pack: { readonly id: string; readonly size: number },
  {
    pool,
    room,
    signal,
  }: { readonly pool: VerifyPool; readonly room: Uint8Array<SharedArrayBuffer>; readonly signal: AbortSignal },
): Promise<{ readonly problems: readonly string[]; readonly isRead: boolean }> => {
  try {
    const bytes = room.subarray(0, pack.size);
    await collectExactly(replica.destination.get(packKey(pack.id), { signal, room }), bytes);
    return { problems: await pool.verify(pack.id, bytes), isRead: true };
  } catch (cause) {
    const error = toBackupError(cause, 'CORRUPT');
    if (error.code === 'ABORTED') throw error;
    return { problems: [error.message], isRead: false };
  }
};
