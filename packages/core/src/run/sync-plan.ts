/** What each snapshot that a replica lacks brings along, before anything is copied. */
import { owedPacks } from '../engine/catch-up.ts';
import { type BackupError, isBackupError, toBackupError } from '../errors.ts';
import type { Replica } from '../repository/replica.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { coverTree } from './cover.ts';
import type { Session } from './session.ts';

export interface PlannedSnapshot {
  readonly snapshot: ListedSnapshot;
  /** That the replica lacks and that no snapshot before this one brings. */
  readonly packs: readonly number[];
  readonly bytes: number;
  /** Why it cannot be had: a blob of it stands nowhere. The others can. */
  readonly error?: BackupError;
}

/** The packs are noted in the table as owed to the replica. */
export const planSnapshots = async (
  { pipeline, index: { table }, trees }: Session,
  { mask }: Replica,
  missing: readonly ListedSnapshot[],
): Promise<readonly PlannedSnapshot[]> => {
  const seen = new Set<string>();
  const planned = new Set<number>();
  const onMissing = (error: BackupError): never => {
    throw error;
  };
  const plan: PlannedSnapshot[] = [];
  for (const snapshot of missing) {
    try {
      await coverTree(snapshot.file.tree, { table, trees, seen, signal: pipeline.signal, onMissing });
      const packs = owedPacks(table, mask).filter((pack) => !planned.has(pack));
      for (const pack of packs) planned.add(pack);
      plan.push({ snapshot, packs, bytes: packs.reduce((sum, pack) => sum + table.packs.size(pack), 0) });
    } catch (cause) {
      const error = toBackupError(cause);
      if (!isLost(error)) throw error;
      // The next one is walked from the beginning, and owed only what it needs itself.
      seen.clear();
      for (const pack of owedPacks(table, mask)) if (!planned.has(pack)) table.packs.forgive(pack, mask);
      plan.push({ snapshot, packs: [], bytes: 0, error });
    }
  }
  return plan;
};

/** Only the snapshot at hand cannot be had. */
export const isLost = (error: unknown): error is BackupError =>
  isBackupError(error, 'NOT_FOUND') || isBackupError(error, 'CORRUPT');
