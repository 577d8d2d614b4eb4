/** One run: every source read once, sealed once, written to every destination, each with an outcome of its own. */
import { FanOut } from '../engine/fan-out.ts';
import { buffersFor, PackPool } from '../engine/pack-pool.ts';
import { SealingPool } from '../engine/sealing-pool.ts';
import { BackupError, isBackupError, throwIfAborted, toBackupError } from '../errors.ts';
import type { Outcome } from '../events.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { alarmNewSnapshot } from './alarm-change.ts';
import { adoptUnfinished } from './adopt-unfinished.ts';
import { captureSource, type Captured } from './capture.ts';
import { chooseSources } from './choose-sources.ts';
import { commitSnapshot, type Commit } from './commit.ts';
import { bringLate, isLate } from './late.ts';
import type { Absent } from './open-replicas.ts';
import { extendLocks, noteLocks } from './extend-locks.ts';
import { ensureKeys } from './heal-access.ts';
import type { Pipeline, PipelineSource } from './pipeline.ts';
import { noticeMissingPacks } from './missing-packs.ts';
import { findPrevious } from './previous.ts';
import { QuorumWindow } from './quorum-window.ts';
import { Room } from './room.ts';
import { Session } from './session.ts';
import { alarmLostSnapshots, rememberReplicas, rememberSnapshots } from './remember.ts';
import { isQuorumHeld } from './quorum.ts';
import { transformSetup } from './transform-setup.ts';

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
}

export const backup = async (pipeline: Pipeline, request: BackupRequest): Promise<BackupReport> => {
  const sources = chooseSources(pipeline, request.sources);
  const { report, late, there } = await runSources(pipeline, request, sources);
  const isWanted = request.wait === 'all' || (request.wait === 'quorum' && !report.quorumHeld);
  const ended = late.length > 0 && isWanted ? await bringLate(pipeline, report, late) : report;
  if (!request.dryRun) await extendLocks(pipeline, there);
  return ended;
};

/** One that is slow to answer is left behind, and brought up when the others are done. */
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
  await using session = await Session.open(pipeline, { lock: request.dryRun ? 'read' : 'shared', hurryMs });
  const late = request.dryRun ? [] : session.absent.filter(isLate).map(({ name }) => name);
  await alarmLostSnapshots(session);
  if (!request.dryRun) {
    await rememberReplicas(session);
    noteLocks(session);
    await ensureKeys(session);
    await noticeMissingPacks(session);
    await adoptUnfinished(session);
  }
  const run = new Run(session, request);
  try {
    run.start();
    for (const source of sources) await run.backUp(source, source === sources.at(-1));
    return { report: await run.end(), late, there: run.there };
  } finally {
    await run.dispose();
  }
};

class Run {
  readonly #session: Session;
  readonly #request: BackupRequest;
  readonly #pool: PackPool;
  readonly #memory: ReturnType<typeof PackPool.memory>;
  readonly #fanOut: FanOut;
  readonly #reports: SourceReport[] = [];
  readonly #outcomes: Outcome[] = [];
  readonly #commits: Commit[] = [];
  /** Takes back what listens to signals that live longer than the run. */
  readonly #over = new AbortController();
  #progress: (bytes: number) => void = () => undefined;
  #workers: SealingPool | undefined;

  constructor(session: Session, request: BackupRequest) {
    this.#session = session;
    this.#request = request;
    const { pipeline, replicas, index } = session;
    this.#memory = PackPool.memory(buffersFor(pipeline.threads, replicas.length), pipeline.packBytes);
    this.#pool = new PackPool(this.#memory);
    this.#fanOut = new FanOut({
      replicas,
      table: index.table,
      pool: this.#pool,
      files: index.files,
      codecs: session.codecs,
      pace: pipeline.pace,
      quorum: pipeline.quorum,
      clock: pipeline.clock,
      signal: pipeline.signal,
      write: !request.dryRun,
      onLane: (lane) => pipeline.emit({ type: 'lane-progress', destination: lane.name, progress: lane.progress }),
      onDamaged: (replica, _pack, error) => pipeline.emit({ type: 'warning', destination: replica.name, error }),
    });
    for (const lane of this.#fanOut.lanes) {
      const lost = (): void =>
        lane.fail(new BackupError('LOCKED', `the lock on "${lane.name}" could not be refreshed`));
      session.lockLost.get(lane.replica)?.addEventListener('abort', lost, { signal: this.#over.signal });
    }
  }

  get there(): readonly string[] {
    const lanes = this.#fanOut.lanes.filter(({ failure, state }) => failure === undefined && state !== 'behind');
    return lanes.map(({ name }) => name);
  }

  start(): void {
    const { pipeline, replicas, index } = this.#session;
    const [first] = replicas;
    if (!first) throw new BackupError('NO_REPOSITORY', 'no replica is there');
    const { encrypt, macK, macR } = first.masterKey;
    const setup = {
      table: index.memory,
      pool: this.#memory,
      masterKey: { encrypt, macK, macR },
      ...transformSetup(pipeline.chain, first),
    };
    const interrupted = (): void => this.#stop(new BackupError('ABORTED', 'interrupted'));
    pipeline.signal.addEventListener('abort', interrupted, { once: true, signal: this.#over.signal });
    this.#workers = new SealingPool(pipeline.threads, setup, {
      pack: (pack) => this.#fanOut.accept(pack),
      progress: (bytes) => this.#progress(bytes),
    });
  }

  async backUp(source: PipelineSource, isLast: boolean): Promise<void> {
    const { pipeline } = this.#session;
    try {
      await using opened = await source.open(pipeline.signal);
      const previous = await findPrevious(this.#session, opened, source.name, this.#request.force);
      const started = pipeline.clock.now();
      pipeline.emit({ type: 'source-started', source: source.name, label: opened.label, parent: previous?.id });
      const captured = await this.#capture(source.name, opened, previous);
      if (isLast) this.#fanOut.endSealing();
      if (this.#request.dryRun) return void this.#reports.push({ source: source.name, captured });
      const commit = commitSnapshot(this.#session, this.#fanOut, {
        source: source.name,
        identity: opened.identity,
        captured,
        previous,
        started,
        tags: [...(source.tags ?? []), ...this.#request.tags],
        catchUp: this.#request.wait !== 'none',
      });
      this.#commits.push(commit);
      const alarm = await alarmNewSnapshot(this.#session, source.name, commit);
      this.#reports.push({ source: source.name, snapshot: commit.id, captured, ...(alarm ? { alarm } : {}) });
    } catch (cause) {
      const error = toBackupError(cause).with({ source: source.name });
      if (error.code === 'ABORTED' || this.#fanOut.alive.length === 0)
        this.#sourceFailed(source.name, this.#laneError() ?? error);
      else {
        this.#sourceFailed(source.name, error);
        await this.#keepArrived();
      }
      throwIfAborted(pipeline.signal);
    }
  }

  /** What a source sent before it failed is whole in itself: once it is in the index, the next run does not store it again. */
  async #keepArrived(): Promise<void> {
    if (this.#request.dryRun) return;
    const catchUp = this.#request.wait !== 'none';
    try {
      await this.#workers?.flush();
      this.#fanOut.closeIndex();
      await Promise.allSettled(this.#fanOut.alive.map((lane) => this.#fanOut.settle(lane, { catchUp })));
    } catch (error) {
      // Why the source failed is told; what could not be kept is stored again.
      if (!isBackupError(error)) throw error;
    }
  }

  /** Sleeping workers wake up and end; what waits for them is told why. */
  #stop(error: BackupError): void {
    this.#pool.stop();
    this.#workers?.stop(error);
  }

  #laneError(): BackupError | undefined {
    return this.#fanOut.lanes.find(({ failure }) => failure !== undefined)?.failure;
  }

  #sourceFailed(source: string, error: BackupError): void {
    this.#reports.push({ source, error });
    for (const lane of this.#fanOut.lanes)
      this.#outcomes.push({ source, destination: lane.name, status: 'failed', error: lane.failure ?? error });
  }

  async #capture(
    name: string,
    opened: Awaited<ReturnType<PipelineSource['open']>>,
    previous: ListedSnapshot | undefined,
  ): Promise<Captured> {
    const workers = this.#workers;
    if (!workers) throw new TypeError('the run was not started');
    const { packs } = this.#session.index.table;
    const over = new AbortController();
    const signal = AbortSignal.any([this.#session.pipeline.signal, over.signal]);
    this.#fanOut.whenAllFailed((error) => {
      over.abort(error);
      this.#stop(error);
    });
    const room = new Room(this.#session.pipeline, () => this.#fanOut.alive.map(({ replica }) => replica));
    const captured = await captureSource({
      session: this.#session,
      pool: workers,
      source: { name, opened },
      previous,
      signal,
      inMemory: (pack) => {
        const slot = packs.slot(pack);
        return slot === undefined ? undefined : this.#pool.bytes(slot);
      },
      freeBytes: () => room.most(),
      onExpect: (bytes) => void room.warn(bytes - (previous?.file.summary?.totalBytesProcessed ?? 0)),
      onProgress: (listener) => {
        this.#progress = listener;
      },
    });
    await workers.flush();
    this.#fanOut.closeIndex();
    return captured;
  }

  async end(): Promise<BackupReport> {
    const { pipeline, absent } = this.#session;
    {
      using window = new QuorumWindow();
      const patience = { wait: this.#request.wait, quorum: pipeline.quorum, window };
      for (const commit of this.#commits) this.#outcomes.push(...(await commit.outcomes(patience)));
    }
    for (const { source } of this.#reports) this.#outcomes.push(...absent.map((place) => absentOutcome(source, place)));
    for (const outcome of this.#outcomes) pipeline.emit({ type: 'outcome', outcome });
    if (!this.#request.dryRun) {
      const snapshots = this.#reports.flatMap(({ source, snapshot: id }) => (id === undefined ? [] : [{ source, id }]));
      await rememberSnapshots(this.#session, snapshots, this.#outcomes);
      const behind = this.#outcomes.some(({ status }) => status === 'behind' || status === 'failed');
      await pipeline.state.change((content) => ({ ...content, unfinished: behind }));
    }
    const quorumHeld = this.#request.dryRun
      ? this.#reports.every(({ error }) => !error)
      : isQuorumHeld(pipeline, this.#reports, this.#outcomes);
    return { sources: this.#reports, outcomes: this.#outcomes, quorumHeld };
  }

  async dispose(): Promise<void> {
    this.#over.abort();
    this.#pool.stop();
    for (const { replica, state, failure } of this.#fanOut.lanes)
      if (state === 'behind' || failure?.code === 'UNAVAILABLE') this.#session.leaveBehind(replica);
    this.#fanOut[Symbol.dispose]();
    // While the locks are still held.
    await Promise.all(this.#commits.map(({ settled }) => settled));
    await this.#workers?.[Symbol.asyncDispose]();
  }
}

const absentOutcome = (source: string, { name, status, error }: Absent): Outcome => ({
  source,
  destination: name,
  status,
  error,
});
