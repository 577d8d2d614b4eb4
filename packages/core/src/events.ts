import type { BytePath } from './bytes.ts';
import type { BackupError } from './errors.ts';

export type OutcomeStatus = 'stored' | 'behind' | 'failed' | 'skipped' | 'locked';

/** What a run did for one source on one destination. */
export interface Outcome {
  readonly source: string;
  readonly destination: string;
  readonly status: OutcomeStatus;
  /** Why it is not `stored`. */
  readonly error?: BackupError;
  /** What the replica still lacks, when it is behind. */
  readonly missing?: { readonly packs: number; readonly bytes: number };
}

/** What long work tells while it goes on. The command line renders it; core never prints. */
export type RunEvent =
  /** A destination has not answered for a while, or only `refused`; it is waited for so many milliseconds more. */
  | {
      readonly type: 'silent';
      readonly destination: string;
      readonly patienceMs: number;
      readonly refused?: BackupError;
    }
  | { readonly type: 'opened'; readonly destination: string; readonly label: string }
  | {
      readonly type: 'source-started';
      readonly source: string;
      readonly label: string;
      readonly parent: string | undefined;
    }
  | { readonly type: 'waiting'; readonly source: string; readonly what: string | undefined }
  | { readonly type: 'source-progress'; readonly source: string; readonly progress: SourceProgress }
  | { readonly type: 'lane-progress'; readonly destination: string; readonly progress: LaneProgress }
  | {
      readonly type: 'work-progress';
      readonly work: string;
      readonly destination?: string;
      readonly progress: WorkProgress;
    }
  | {
      readonly type: 'snapshot';
      readonly source: string;
      readonly id: string;
      readonly destinations: readonly string[];
    }
  | { readonly type: 'outcome'; readonly outcome: Outcome }
  /** A password that was changed or taken away while the destination was away: it is there too now. */
  | { readonly type: 'key-settled'; readonly destination: string; readonly change: 'changed' | 'removed' }
  | { readonly type: 'unreadable'; readonly source: string; readonly path: BytePath; readonly error: BackupError }
  | { readonly type: 'warning'; readonly destination?: string; readonly source?: string; readonly error: BackupError };

export interface SourceProgress {
  readonly filesDone: number;
  readonly bytesDone: number;
  /** `undefined` until all of it is counted. */
  readonly filesTotal: number | undefined;
  readonly bytesTotal: number | undefined;
  /** Whether the source is still finding out how much there is. */
  readonly counting: boolean;
  readonly errors: number;
  /** What is being read, for people. */
  readonly current: string | undefined;
  readonly finished: boolean;
}

export interface LaneProgress {
  readonly state:
    'writing' | 'waiting' | 'catching-up' | 'committing' | 'stored' | 'behind' | 'failed' | 'skipped' | 'locked';
  readonly bytesStored: number;
  /** Sealed and not yet stored here, what it catches up on from the others included. */
  readonly bytesWaiting: number;
}

/** Restore, check, sync, heal: so much of so much. */
export interface WorkProgress {
  readonly done: number;
  readonly total: number | undefined;
  readonly unit: 'bytes' | 'packs' | 'files' | 'snapshots' | 'records' | 'objects';
  readonly current?: string;
  /** Whether it is over; where this is left out, it is when all is done. */
  readonly finished?: boolean;
}

export type EventSink = (event: RunEvent) => void;
