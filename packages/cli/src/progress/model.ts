import type { LaneProgress, Outcome, RunEvent, SourceProgress, WorkProgress } from '@triplicate/core';
import { Rate } from './rate.ts';

export interface SourceRow {
  readonly name: string;
  readonly rate: Rate;
  progress: SourceProgress | undefined;
  /** What the source asks a person for. */
  waiting: string | undefined;
}

export interface LaneRow {
  readonly name: string;
  readonly rate: Rate;
  progress: LaneProgress;
  /** How much of all that will come is stored, as far as that is known. It falls back when another source begins, and never else. */
  share: number | undefined;
}

export interface WorkRow {
  readonly work: string;
  readonly destination: string | undefined;
  readonly rate: Rate;
  progress: WorkProgress;
}

/** What the bars show, out of the events of a run. */
export class ProgressModel {
  readonly sources = new Map<string, SourceRow>();
  readonly lanes = new Map<string, LaneRow>();
  readonly works = new Map<string, WorkRow>();

  /** Names of the destinations in the order of the configuration, in which they are shown. */
  order: readonly string[] = [];

  get lanesInOrder(): readonly LaneRow[] {
    return [...this.lanes.values()].toSorted((a, b) => this.order.indexOf(a.name) - this.order.indexOf(b.name));
  }

  /** Whether something that is shown has changed. */
  apply(event: RunEvent, now: number): boolean {
    const changed = this.#take(event, now);
    if (event.type === 'source-started') for (const row of this.lanes.values()) row.share = undefined;
    if (changed) for (const row of this.lanes.values()) row.share = shareOf(row, this.readShare);
    return changed;
  }

  #take(event: RunEvent, now: number): boolean {
    switch (event.type) {
      case 'source-started':
        // One that is read once more begins anew.
        this.sources.delete(event.source);
        this.#source(event.source);
        return true;
      case 'source-progress':
        this.#sourceProgress(event.source, event.progress, now);
        return true;
      case 'waiting':
        this.#source(event.source).waiting = event.what;
        return true;
      case 'lane-progress':
        this.#laneProgress(event.destination, event.progress, now);
        return true;
      case 'outcome':
        this.#outcome(event.outcome);
        return true;
      case 'work-progress':
        this.#workProgress(event, now);
        return true;
      case 'key-settled':
      case 'opened':
      case 'silent':
      case 'snapshot':
      case 'unreadable':
      case 'warning':
        return false;
    }
  }

  /** The share of all sources that has been read; `undefined` while no total is known, and all where there is nothing to read. */
  get readShare(): number | undefined {
    const rows = [...this.sources.values()];
    if (rows.length === 0) return 1;
    const current = rows.at(-1)?.progress;
    if (!current) return undefined;
    if (current.finished) return 1;
    const { bytesDone, bytesTotal } = current;
    return bytesTotal ? Math.min(1, bytesDone / bytesTotal) : undefined;
  }

  #source(name: string): SourceRow {
    const row = this.sources.get(name) ?? { name, rate: new Rate(), progress: undefined, waiting: undefined };
    this.sources.set(name, row);
    return row;
  }

  #sourceProgress(name: string, progress: SourceProgress, now: number): void {
    const row = this.#source(name);
    // A worker's word that was on its way when the source ended.
    if (row.progress?.finished === true && !progress.finished) return;
    row.progress = progress;
    row.rate.add(progress.bytesDone, now);
  }

  #laneProgress(name: string, progress: LaneProgress, now: number): void {
    const known = this.lanes.get(name);
    // Fewer bytes than before are those of another run, for a source that is read once more.
    const goesOn = known !== undefined && progress.bytesStored >= known.progress.bytesStored;
    const row = goesOn ? known : { name, rate: new Rate(), progress, share: undefined };
    row.progress = progress;
    row.rate.add(progress.bytesStored, now);
    this.lanes.set(name, row);
  }

  #outcome({ destination, status }: Outcome): void {
    const row = this.lanes.get(destination);
    const progress: LaneProgress = { bytesStored: 0, bytesWaiting: 0, ...row?.progress, state: status };
    this.lanes.set(
      destination,
      row ? { ...row, progress } : { name: destination, rate: new Rate(), progress, share: undefined },
    );
  }

  #workProgress(
    { work, destination, progress }: Extract<RunEvent, { readonly type: 'work-progress' }>,
    now: number,
  ): void {
    const key = `${work}/${destination ?? ''}`;
    const row = this.works.get(key) ?? { work, destination, rate: new Rate(), progress };
    row.progress = progress;
    row.rate.add(progress.done, now);
    this.works.set(key, row);
  }
}

/** Until a lane is done, more may come: the last packs are sealed after the source was read. */
const mostUnderway = 0.99;

const shareOf = ({ progress, share }: LaneRow, readShare: number | undefined): number | undefined => {
  if (readShare === undefined) return share;
  const { bytesStored, bytesWaiting } = progress;
  const taken = bytesStored + bytesWaiting === 0 ? 1 : bytesStored / (bytesStored + bytesWaiting);
  return Math.max(share ?? 0, Math.min(mostUnderway, taken * readShare));
};
