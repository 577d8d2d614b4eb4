import { adoptOrphans } from '../engine/adopt-orphans.ts';
import { throwIfAborted, toBackupError } from '../errors.ts';
import type { Replica } from '../repository/replica.ts';
import { note } from './note.ts';
import type { Session } from './session.ts';

/**
 * A run that did not end may have left packs that no index names. No check has seen those since, so they are read whole where that costs
 * nothing: at most what one index file would have named.
 */
export const adoptUnfinished = async (session: Session): Promise<void> => {
  const { state, signal } = session.pipeline;
  const { unfinished } = await state.read();
  if (unfinished) {
    await Promise.all(
      session.replicas.map((replica) =>
        adopt(session, replica).catch((error: unknown) => {
          throwIfAborted(signal);
          session.pipeline.emit({ type: 'warning', destination: replica.name, error: toBackupError(error) });
        }),
      ),
    );
  }
  await note(session.pipeline, (content) => ({ ...content, unfinished: true }));
};

const adopt = async ({ pipeline, index }: Session, replica: Replica): Promise<void> => {
  let done = 0;
  const tell = (finished: boolean): void => {
    const progress = { done, total: undefined, unit: 'packs' as const, finished };
    pipeline.emit({
      type: 'work-progress',
      work: 'use what an unfinished run left',
      destination: replica.name,
      progress,
    });
  };
  const hashed = !replica.destination.capabilities.egressCost;
  const onPack = (): void => {
    tell(false);
    done += 1;
  };
  await adoptOrphans(replica, index, { signal: pipeline.signal, hashed, onPack });
  if (done > 0) tell(true);
};
