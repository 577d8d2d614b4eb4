import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { throwIfAborted } from '../errors.ts';
import type { Source } from '../source/source.ts';
import type { Session } from './session.ts';

/**
 * The snapshot that a new one of this source builds on: the last with the same host and paths, of this source by its tag or, failing
 * that, of another program (a restic backup of the same folder). Its root has to be readable.
 */
export const findPrevious = async (
  session: Session,
  { identity }: Pick<Source, 'identity'>,
  source: string,
): Promise<ListedSnapshot | undefined> => {
  const same = session.snapshots.filter(
    ({ file }) => file.hostname === identity.host && file.paths.join('\0') === identity.paths.join('\0'),
  );
  const own = same.filter((snapshot) => snapshot.source === source);
  const foreign = same.filter((snapshot) => snapshot.source === undefined);
  for (const candidate of [...foreign, ...own].toReversed()) {
    try {
      await session.trees.read(candidate.file.tree);
      return candidate;
    } catch {
      throwIfAborted(session.pipeline.signal);
    }
  }
  return undefined;
};
