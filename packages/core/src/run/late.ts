/** Destinations that had not answered when a run began: nobody waits for them, and they are brought up when the others are done. */
import { throwIfAborted, toBackupError } from '../errors.ts';
import type { Outcome } from '../events.ts';
import type { BackupReport } from './backup.ts';
import type { Pipeline } from './pipeline.ts';
import { isQuorumHeld } from './quorum.ts';
import { sync, type SyncResult } from './sync.ts';

/** By now the others have what the run is for. */
const patienceMs = 30_000;

/** The report of the run with what became of those that were late. */
export const bringLate = async (
  pipeline: Pipeline,
  report: BackupReport,
  late: readonly string[],
): Promise<BackupReport> => {
  if (!report.sources.some(({ snapshot }) => snapshot !== undefined)) return report;
  const results = await bring(pipeline, new Set(late));
  const outcomes = report.outcomes.map((outcome) => {
    const result = late.includes(outcome.destination)
      ? results.find(({ destination }) => destination === outcome.destination)
      : undefined;
    return result && outcome.status === 'failed' ? outcomeOf(outcome, result, report) : outcome;
  });
  for (const [i, outcome] of outcomes.entries())
    if (outcome !== report.outcomes[i]) pipeline.emit({ type: 'outcome', outcome });
  return { ...report, outcomes, quorumHeld: isQuorumHeld(pipeline, report.sources, outcomes) };
};

const bring = async (pipeline: Pipeline, to: ReadonlySet<string>): Promise<readonly SyncResult[]> => {
  try {
    return await sync({ ...pipeline, patienceMs: Math.min(patienceMs, pipeline.patienceMs) }, { to, dryRun: false });
  } catch (cause) {
    throwIfAborted(pipeline.signal);
    pipeline.emit({ type: 'warning', error: toBackupError(cause) });
    return [];
  }
};

const outcomeOf = (
  { source, destination, error }: Outcome,
  { status, incomplete, error: why }: SyncResult,
  { sources }: BackupReport,
): Outcome => {
  const own = sources.find((report) => report.source === source)?.snapshot;
  const lacking = incomplete.find(({ id }) => id === own)?.error;
  if (status === 'synced' && own !== undefined && !lacking) return { source, destination, status: 'stored' };
  const reason = lacking ?? why ?? error;
  return {
    source,
    destination,
    status: status === 'synced' ? 'behind' : status,
    ...(reason ? { error: reason } : {}),
  };
};
