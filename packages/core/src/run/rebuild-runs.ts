/** What the repositories can tell of runs when the catalog of this machine is lost. */
import type { StoredRun } from '../catalog/catalog.ts';
import { BackupError } from '../errors.ts';
import type { Replica } from '../repository/replica.ts';
import { nsFromTimestamp } from '../repository/timestamp.ts';
import { isWhole } from '../retention/group.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import type { Pipeline } from './pipeline.ts';
import { Session } from './session.ts';

/**
 * Notes in the catalog every backup of which a snapshot is left and that it does not know; gives back what it noted, oldest first. It is a
 * run for each source. What left no snapshot (failures, checks, proofs, what was read when, the trend of room) is not to be had again.
 */
export const rebuildRuns = async (pipeline: Pipeline): Promise<readonly StoredRun[]> => {
  const { catalog } = pipeline;
  if (!catalog) throw new BackupError('USAGE', 'there is no catalog to rebuild');
  await using session = await Session.open(pipeline, { lock: 'read' });
  const known = new Set(catalog.runs(Number.MAX_SAFE_INTEGER).flatMap(snapshotsOf));
  const found = session.snapshots
    .filter(({ id, source }) => source !== undefined && !known.has(id))
    .map((snapshot) => runOf(pipeline.name, snapshot, session.replicas));
  for (const run of found) catalog.addRun(run);
  return found;
};

const snapshotsOf = ({ report }: StoredRun): string[] => {
  const { snapshots } = (report ?? {}) as { snapshots?: unknown };
  return Array.isArray(snapshots) ? snapshots.map((one) => String((one as { id?: unknown }).id)) : [];
};

const runOf = (
  pipeline: string,
  { id, file, mask, source = '' }: ListedSnapshot,
  replicas: readonly Replica[],
): StoredRun => {
  const at = (timestamp: string): number => Number(nsFromTimestamp(timestamp) / 1_000_000n);
  const started = at(file.summary?.backupStart ?? file.time);
  const whole = isWhole(file);
  return {
    pipeline,
    command: 'backup',
    started,
    ended: Math.max(started, at(file.summary?.backupEnd ?? file.time)),
    ending: whole ? 'success' : 'partial',
    text: `${source} was backed up${whole ? '' : ' in part'}, the repositories say`,
    report: {
      rebuilt: true,
      snapshots: [{ source, id }],
      outcomes: replicas
        .filter((replica) => (mask & replica.mask) !== 0)
        .map(({ name }) => ({ source, destination: name, status: 'stored' })),
    },
  };
};
