/** What a run does between the opening of its destinations and their closing. */
import { FanOut } from '../engine/fan-out.ts';
import { buffersFor, firstBuffersFor, PackPool } from '../engine/pack-pool.ts';
import { SealingPool } from '../engine/sealing-pool.ts';
import { BackupError, isBackupError, throwIfAborted, toBackupError } from '../errors.ts';
import type { Outcome } from '../events.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { alarmNewSnapshot } from './alarm-change.ts';
import { captureSource, type Captured } from './capture.ts';
import { commitSnapshot, type Commit } from './commit.ts';
import type { Absent } from './open-replicas.ts';
import type { PipelineSource } from './pipeline.ts';
import { findPrevious } from './previous.ts';
import { QuorumWindow } from './quorum-window.ts';
import { Room } from './room.ts';
import type { Session } from './session.ts';
import type { SourceStatus } from './status.ts';
import { note } from './note.ts';
import { rememberAttributesRead } from './attributes-read.ts';
import { rememberLatest, rememberSnapshots } from './remember.ts';
import { isQuorumHeld } from './quorum.ts';
import { transformSetup } from './transform-setup.ts';
import type { BackupReport, BackupRequest, SourceReport } from './backup.ts';

/** `start`, `backUp` for one source after another, `end`, and `dispose` whatever happened. */
export class Run {
  readonly #session: Session;
  readonly #request: BackupRequest;
  readonly #pool: PackPool;
  readonly #memory: ReturnType<typeof PackPool.memory>;
  readonly #fanOut: FanOut;
  readonly #reports: SourceReport[] = [];
  readonly #outcomes: Outcome[] = [];
  readonly #commits: Commit[] = [];
  readonly #latest: { readonly source: string; readonly last: NonNullable<SourceStatus['last']> }[] = [];
  /** Takes back what listens to signals that live longer than the run. */
  readonly #over = new AbortController();
  #progress: (bytes: number) => void = () => undefined;
  #workers: SealingPool | undefined;
  #workersEnded: Promise<void> | undefined;

  constructor(session: Session, request: BackupRequest) {
    this.#session = session;
    this.#request = request;
    const { pipeline, replicas, index } = session;
    const { threads, packBytes } = pipeline;
    this.#memory = PackPool.memory(buffersFor(threads, replicas.length), packBytes, firstBuffersFor(threads));
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
      const held = session.lockLost.get(lane.replica);
      const lost = (): void => lane.fail(toBackupError(held?.reason, 'LOCKED'));
      held?.addEventListener('abort', lost, { signal: this.#over.signal });
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
      const compared = await findPrevious(this.#session, opened, source.name);
      const previous = this.#request.force ? undefined : compared;
      const started = pipeline.clock.now();
      pipeline.emit({ type: 'source-started', source: source.name, label: opened.label, parent: previous?.id });
      const captured = await this.#capture(source.name, opened, compared);
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
      this.#latest.push({ source: source.name, last: { id: commit.id, time: commit.file.time } });
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
    const room = this.#room();
    const captured = await captureSource({
      session: this.#session,
      pool: workers,
      source: { name, opened },
      previous,
      force: this.#request.force,
      signal,
      inMemory: (pack) => {
        const slot = packs.slot(pack);
        return slot === undefined ? undefined : this.#pool.bytes(slot);
      },
      freeBytes: () => room.most(),
      // A dry run knows at its end, of all sources, what would come.
      onExpect: (bytes) =>
        void (this.#request.dryRun || room.warn(bytes - (previous?.file.summary?.totalBytesProcessed ?? 0))),
      onProgress: (listener) => {
        this.#progress = listener;
      },
    });
    await workers.flush();
    this.#fanOut.closeIndex();
    return captured;
  }

  #room(): Room {
    return new Room(this.#session.pipeline, () => this.#fanOut.alive.map(({ replica }) => replica));
  }

  async end(): Promise<BackupReport> {
    const { pipeline, absent } = this.#session;
    // Nothing is sealed any more: the threads end while the rest goes on. After a failure one may wait for room that is not free yet.
    if (this.#reports.every(({ error }) => error === undefined)) this.#endWorkers().catch(() => undefined);
    if (this.#request.dryRun) {
      const wouldCome = this.#reports.reduce((sum, { captured }) => sum + (captured?.counts.dataAddedPacked ?? 0), 0);
      await this.#room().warnOfWhole(wouldCome);
    }
    {
      using window = new QuorumWindow();
      const patience = { wait: this.#request.wait, quorum: pipeline.quorum, window };
      for (const commit of this.#commits) this.#outcomes.push(...(await commit.outcomes(patience)));
    }
    for (const { source } of this.#reports) this.#outcomes.push(...absent.map((place) => absentOutcome(source, place)));
    for (const outcome of this.#outcomes) pipeline.emit({ type: 'outcome', outcome });
    if (!this.#request.dryRun) {
      const snapshots = this.#latest.map(({ source, last }) => ({ source, ...last }));
      await rememberSnapshots(this.#session, snapshots, this.#outcomes);
      const stored = this.#outcomes.filter(({ status }) => status === 'stored').map(({ source }) => source);
      await rememberAttributesRead(pipeline, this.#reports);
      await rememberLatest(
        pipeline,
        this.#latest.filter(({ source }) => stored.includes(source)),
      );
      const behind = this.#outcomes.some(({ status }) => status === 'behind' || status === 'failed');
      await note(pipeline, (content) => ({ ...content, unfinished: behind }));
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
    await this.#endWorkers();
  }

  #endWorkers(): Promise<void> {
    return (this.#workersEnded ??= this.#workers?.[Symbol.asyncDispose]() ?? Promise.resolve());
  }
}

const absentOutcome = (source: string, { name, status, error }: Absent): Outcome => ({
  source,
  destination: name,
  status,
  error,
});
