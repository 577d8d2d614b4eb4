/** Frees what no snapshot needs any more, on each replica by itself: deletions never travel from one to another. */
import { sleepFor } from '../clock.ts';
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { packKey } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import { carryOver } from '../prune/carry.ts';
import type { PruneLimits } from '../prune/choose.ts';
import { writeMarks } from '../prune/marks.ts';
import { deletesAtOnce, filesToRewrite, removeFiles, writeRest } from '../prune/rewrite-index.ts';
import { requireNames } from './check.ts';
import type { Pipeline } from './pipeline.ts';
import { makePrunePlan, type PreparedPrune, type PrunePlan } from './prune-plan.ts';
import { waitOutLag } from './prune-lag.ts';
import { isReadOnly, readOnlyError } from './read-only.ts';
import { Session } from './session.ts';
import { canRemove } from './settle-forgotten.ts';

export interface PruneRequest extends Partial<Omit<PruneLimits, 'smallBytes'>> {
  readonly only?: ReadonlySet<string>;
  readonly dryRun: boolean;
  /** Told for each destination before anything is removed there. */
  readonly onPlan?: (plan: PrunePlan) => Promise<void> | void;
}

export interface PruneResult {
  readonly destination: string;
  /** `marked`: listings lag there, so what is not needed goes a day later. */
  readonly status: 'pruned' | 'marked' | 'failed' | 'skipped' | 'locked';
  readonly plan?: PrunePlan;
  readonly error?: BackupError;
}

export const prune = async (pipeline: Pipeline, request: PruneRequest): Promise<readonly PruneResult[]> => {
  requireNames(pipeline, request.only);
  const results: PruneResult[] = [];
  for (const { name } of pipeline.destinations.filter((one) => request.only?.has(one.name) ?? true)) {
    results.push(await pruneNamed(pipeline, name, request));
  }
  return results;
};

/** Locked one at a time: the others can take a backup meanwhile. */
const pruneNamed = async (pipeline: Pipeline, name: string, request: PruneRequest): Promise<PruneResult> => {
  let plan: PrunePlan | undefined;
  try {
    const lock = request.dryRun ? 'read' : 'exclusive';
    await using session = await Session.open(pipeline, { lock, only: new Set([name]) });
    const [replica] = session.replicas;
    if (!replica) throw new BackupError('UNAVAILABLE', `"${name}" takes no part`);
    if (!canRemove(pipeline, replica))
      return {
        destination: name,
        status: 'skipped',
        error: isReadOnly(pipeline, name) ? readOnlyError(name) : cannotDelete(name),
      };
    const lost = session.lockLost.get(replica);
    const signal = lost ? AbortSignal.any([pipeline.signal, lost]) : pipeline.signal;
    if (!request.dryRun) await waitOutLag(pipeline, replica, signal);
    const prepared = await makePrunePlan(session, replica, { ...request, signal });
    ({ plan } = prepared);
    await request.onPlan?.(plan);
    if (request.dryRun) return { destination: name, status: plan.waits ? 'marked' : 'pruned', plan };
    await carryOut(pipeline, replica, prepared, { signal, requireLocked: () => session.requireLocked(replica) });
    return { destination: name, status: plan.waits ? 'marked' : 'pruned', plan };
  } catch (cause) {
    throwIfAborted(pipeline.signal);
    const error = withoutRoom(toBackupError(cause), name, plan).with({ destination: name });
    return { destination: name, status: statusOf(pipeline, name, error), error, ...(plan ? { plan } : {}) };
  }
};

/** What is packed anew stands beside the old packs for a while; what no snapshot needs at all goes without that. */
const withoutRoom = (error: BackupError, name: string, plan: PrunePlan | undefined): BackupError =>
  error.code === 'QUOTA_EXCEEDED' && plan !== undefined && plan.repack.packs > 0
    ? new BackupError(error.code, error.message, {
        hint: `\`triplicate prune ${name} --max-unused unlimited\` packs nothing anew, and frees what no snapshot needs at all`,
        context: error.context,
        cause: error,
      })
    : error;

const statusOf = (pipeline: Pipeline, name: string, { code }: BackupError): PruneResult['status'] => {
  if (code === 'LOCKED') return 'locked';
  const removable = pipeline.destinations.find((one) => one.name === name)?.removable === true;
  return removable && (code === 'UNAVAILABLE' || code === 'NO_REPOSITORY') ? 'skipped' : 'failed';
};

const cannotDelete = (name: string): BackupError =>
  new BackupError('UNSUPPORTED', `nothing can be deleted on "${name}"`, {
    hint: 'prune it with credentials that may delete',
    context: { destination: name },
  });

interface Held {
  readonly signal: AbortSignal;
  readonly requireLocked: () => Promise<void>;
}

/**
 * Needed blobs into new packs, an index that names them; an index without what goes; the old index files away; and only then the packs.
 * Killed at any moment, it leaves what every snapshot needs named and in its place, and objects that nothing names at worst.
 */
const carryOut = async (
  pipeline: Pipeline,
  replica: Replica,
  { chosen, usage, sweep, marks, files }: PreparedPrune,
  { signal, requireLocked }: Held,
): Promise<void> => {
  const { destination } = replica;
  const tell = (done: number, total: number): void =>
    pipeline.emit({
      type: 'work-progress',
      work: 'prune',
      destination: replica.name,
      progress: { done, total, unit: 'packs' },
    });
  const { packBytes } = pipeline;
  await carryOver(chosen.repack, { replica, usage, signal, packBytes, onProgress: tell });
  const marked = marks && (await writeMarks(replica, marks.next, { old: [], signal }));
  const gone = new Set(sweep);
  const rewritten = filesToRewrite(files, gone);
  const written = await writeRest(rewritten, gone, { replica, signal });
  // The new index has to be seen before the old one goes.
  await sleepFor(pipeline.clock, destination.capabilities.listLagMs, signal);
  throwIfAborted(signal);
  await requireLocked();
  await removeFiles(rewritten, { written, replica, signal });
  await requireLocked();
  let removed = 0;
  await inParallel(sweep, deletesAtOnce(replica), async (id) => {
    throwIfAborted(signal);
    await destination.delete(packKey(id), { signal });
    tell((removed += 1), sweep.length);
  });
  if (marks) {
    const left = new Map([...marks.next].filter(([id]) => !gone.has(id)));
    await writeMarks(replica, left, { old: [...marks.files, ...(marked === undefined ? [] : [marked])], signal });
  }
};
