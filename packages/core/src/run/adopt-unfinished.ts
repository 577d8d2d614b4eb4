import { adoptOrphans } from '../engine/adopt-orphans.ts';
import { throwIfAborted, toBackupError } from '../errors.ts';
import type { Session } from './session.ts';

/** A run that did not end may have left packs that no index names. */
export const adoptUnfinished = async (session: Session): Promise<void> => {
  const { state, signal } = session.pipeline;
  const { unfinished } = await state.read();
  if (unfinished) {
    await Promise.all(
      session.replicas.map((replica) =>
        adoptOrphans(replica, session.index, { signal }).catch((error: unknown) => {
          throwIfAborted(signal);
          session.pipeline.emit({ type: 'warning', destination: replica.name, error: toBackupError(error) });
        }),
      ),
    );
  }
  await state.change((content) => ({ ...content, unfinished: true }));
};
