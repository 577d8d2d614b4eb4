/** One run: every source read once, sealed once, written to every destination, each with an outcome of its own. */
import type { BackupError } from '../errors.ts';
import type { Outcome } from '../events.ts';
import { tellOpenAlarms } from './alarm-change.ts';
import { adoptUnfinished } from './adopt-unfinished.ts';
import type { Captured } from './capture.ts';
import { chooseSources } from './choose-sources.ts';
import { bringLate } from './late.ts';
import { settleKeys } from './due-keys.ts';
import { extendLocks, noteLocks } from './extend-locks.ts';
import { ensureKeys } from './heal-access.ts';
import type { Pipeline, PipelineSource } from './pipeline.ts';
import { noticeMissingPacks } from './missing-packs.ts';
import { isLate } from './open-replicas.ts';
import { readAgain } from './read-again.ts';
import { Session } from './session.ts';
import { alarmLostSnapshots, errorOfLost, rememberReplicas } from './remember.ts';
import { Run } from './run.ts';

export type Wait = 'none' | 'quorum' | 'all';

export interface BackupRequest {
  /** Names; all sources when absent. */
  readonly sources?: readonly string[];
  readonly tags: readonly string[];
  /** Reads everything again, whatever the previous snapshot says. */
  readonly force: boolean;
  /** Reads and seals, and stores nothing. */
  readonly dryRun: boolean;
  readonly wait: Wait;
}

export interface SourceReport {
  readonly source: string;
  /** Absent when the source could not be read at all, or on a dry run. */
  readonly snapshot?: string;
  readonly captured?: Captured;
  readonly error?: BackupError;
  /** It changed as if it had been destroyed. The snapshot is good; the run counts as partial. */
  readonly alarm?: BackupError;
}

export interface BackupReport {
  readonly sources: readonly SourceReport[];
  readonly outcomes: readonly Outcome[];
  /** Whether every source has a snapshot on as many destinations as the quorum asks for. */
  readonly quorumHeld: boolean;
  /** Alarms of before this run that nobody settled: a replica that lost snapshots, a sudden change. The run counts as partial. */
  readonly standing?: readonly BackupError[];
}

export const backup = async (pipeline: Pipeline, request: BackupRequest): Promise<BackupReport> => {
  const sources = chooseSources(pipeline, request.sources);
  const first = await runSources(pipeline, request, sources);
  const waits = !request.dryRun && request.wait !== 'none';
  const { report, late, there } = waits
    ? await readAgain(pipeline, first, (names) => runSources(pipeline, request, chooseSources(pipeline, names)))
    : first;
  const isWanted = request.wait === 'all' || (request.wait === 'quorum' && !report.quorumHeld);
  const ended = late.length > 0 && isWanted ? await bringLate(pipeline, report, late) : report;
  if (!request.dryRun) await extendLocks(pipeline, there);
  return ended;
};

/** One that is slow to answer, or refuses while the others are ready, is left behind, and brought up when they are done. */
const hurryMs = 3000;

interface RunResult {
  readonly report: BackupReport;
  /** Destinations that had not answered in time. */
  readonly late: readonly string[];
  /** Destinations that answered to the end and are not behind. */
  readonly there: readonly string[];
}

const runSources = async (
  pipeline: Pipeline,
  request: BackupRequest,
  sources: readonly PipelineSource[],
): Promise<RunResult> => {
  await using session = await Session.open(pipeline, {
    lock: request.dryRun ? 'read' : 'shared',
    writes: true,
    hurryMs,
    enough: Math.max(1, pipeline.quorum),
  });
  const late = request.dryRun ? [] : session.absent.filter(isLate).map(({ name }) => name);
  const lost = await alarmLostSnapshots(session);
  if (!request.dryRun) {
    await rememberReplicas(session);
    noteLocks(session);
    await settleKeys(session);
    await ensureKeys(session);
    await noticeMissingPacks(session);
    await adoptUnfinished(session);
  }
  const standing = [
    ...[...lost].map(([name, ids]) => errorOfLost(name, ids)),
    ...(await tellOpenAlarms(
      session,
      sources.map(({ name }) => name),
    )),
  ];
  const run = new Run(session, request);
  try {
    run.start();
    for (const source of sources) await run.backUp(source, source === sources.at(-1));
    return { report: { ...(await run.end()), standing }, late, there: run.there };
  } finally {
    await run.dispose();
  }
};
