/** Packs that an index names and that are not there any more. */
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { objectSizes } from '../repository/objects.ts';
import type { Replica } from '../repository/replica.ts';
import type { Session } from './session.ts';

/** Beyond it a listing takes longer than most runs; `check` looks then. */
const mostPacks = 50_000;

/**
 * Looks where a listing costs nothing whether every pack is there in its size. One that is not counts as absent from that replica: a
 * sibling gives it back in this run, or its content is read and sealed anew, and no snapshot is called stored that lacks it.
 */
export const noticeMissingPacks = async (session: Session): Promise<void> => {
  const { pipeline, replicas, index } = session;
  if (index.packNumbers.size > mostPacks) return;
  await Promise.all(
    replicas.map(async (replica) => {
      const { egressCost, listLagMs } = replica.destination.capabilities;
      if (egressCost || listLagMs > 0) return;
      try {
        const missing = await findMissing(session, replica);
        if (missing > 0) tellMissing(session, replica, missing);
      } catch (error) {
        // What cannot be listed is not judged; the lane says so when it writes.
        throwIfAborted(pipeline.signal);
        pipeline.emit({ type: 'warning', destination: replica.name, error: toBackupError(error) });
      }
    }),
  );
};

const findMissing = async ({ pipeline, index }: Session, replica: Replica): Promise<number> => {
  const { packs } = index.table;
  const sizes = await objectSizes(replica.destination, 'data', { signal: pipeline.signal });
  let missing = 0;
  for (const [id, pack] of index.packNumbers) {
    if ((packs.presence(pack) & replica.mask) === 0 || sizes.get(id) === packs.size(pack)) continue;
    packs.markAbsent(pack, replica.mask);
    missing += 1;
  }
  return missing;
};

const tellMissing = ({ pipeline }: Session, { name }: Replica, missing: number): void => {
  const what = missing === 1 ? 'a pack is' : `${missing} packs are`;
  const error = new BackupError('CORRUPT', `${what} missing or cut off on "${name}"`, {
    hint: `what this run needs of it is stored again; run \`triplicate heal ${name}\` for the rest`,
    context: { destination: name, packs: missing },
  });
  pipeline.emit({ type: 'warning', destination: name, error });
};
