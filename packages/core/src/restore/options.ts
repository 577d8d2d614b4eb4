import type { BytePath } from '../bytes.ts';
import type { CallOptions } from '../destination/destination.ts';
import type { BackupError } from '../errors.ts';
import type { FileContent } from './content.ts';
import type { FileThreads } from './file-batch.ts';

export interface RestoreOptions extends CallOptions {
  /** Folder of the snapshot that becomes the root of what is restored; the snapshot's own root when left out. */
  readonly from?: BytePath;
  /** Paths in the snapshot; only these and what is in them. */
  readonly paths?: readonly BytePath[];
  /** Patterns as for `exclude:`, over the paths in the snapshot; only what matches one and what is in it. */
  readonly include?: readonly string[];
  /** Patterns of what is left out. */
  readonly exclude?: readonly string[];
  /**
   * What happens to a file that stands in the way. `if-changed` leaves one of the same size and time as it is, and sets its attributes;
   * `never` leaves everything that stands there.
   */
  readonly overwrite?: 'always' | 'if-changed' | 'never';
  /** Removes from restored folders what the snapshot does not have there (and what was not left out by `include` or `exclude`). */
  readonly delete?: boolean;
  /**
   * The paths in the snapshot that were backed up, when they are known: a folder that only leads to them holds what nobody backed up, and
   * nothing is removed from it.
   */
  readonly covered?: readonly BytePath[] | undefined;
  /** Absolute paths on this machine that are never removed, nor what leads to them: other copies, and what belongs to the program. */
  readonly keep?: readonly string[] | undefined;
  /** Reads back what was written, before it gets its name. */
  readonly verify?: boolean;
  /** Says what would be done and changes nothing. */
  readonly dryRun?: boolean;
  /** Leaves holes for runs of zeros (true when left out). */
  readonly sparse?: boolean;
  /** `auto`: as stored for root, the group alone where it may be set for anyone else. */
  readonly owners?: 'auto' | 'never';
  /** Keeps the piece of a file that could not be had whole, as `.triplicate-….partial` beside where it belongs. */
  readonly keepPartial?: boolean;
  /** The reader's own when left out. */
  readonly content?: FileContent;
  /** Restores plain files in threads, where given. */
  readonly threads?: FileThreads | undefined;
  /** Files that are written at the same time by this thread. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: RestoreProgress) => void;
  readonly onProblem?: (problem: RestoreProblem) => void;
  /** Each entry that is removed or overwritten, or would be. */
  readonly onChange?: (change: RestoreChange) => void;
}

export interface RestoreChange {
  readonly change: 'removed' | 'overwritten';
  /** In the snapshot, or where it would stand in it. Without `from` it is the path below the root of the target too. */
  readonly path: BytePath;
}

/** What this user may not restore; nothing else of these entries is lacking. */
export interface RestoreLosses {
  /** Entries that belong to another user or group now. */
  readonly owners: number;
  /** Extended attributes. */
  readonly attributes: number;
  /** Files without their setuid or setgid bit: under another owner it would give away the rights of whoever restores. */
  readonly modes: number;
}

export interface RestoreProgress {
  readonly files: number;
  readonly bytes: number;
  readonly skipped: number;
  /** Regular files that are done with, whatever became of them: what a snapshot counts as its files. */
  readonly regular: number;
  /** The last thing that was finished. */
  readonly current: BytePath;
}

export interface RestoreProblem {
  /** In the snapshot. */
  readonly path: BytePath;
  readonly error: BackupError;
}

export interface RestoreReport {
  /** Entries that are not folders: written, or that would be. */
  readonly files: number;
  /** Content of the files that were written. */
  readonly bytes: number;
  /** Files that were left as they stood. */
  readonly skipped: number;
  /** Entries that the snapshot does not have, folders and what is in them each for itself. */
  readonly deleted: number;
  /** Files and links that stood in the place of an entry, a folder too. */
  readonly overwritten: number;
  /** Entries that were asked for, folders among them. */
  readonly taken: number;
  readonly lost: RestoreLosses;
  /** The first problems; `problemCount` counts all of them. */
  readonly problems: readonly RestoreProblem[];
  readonly problemCount: number;
}
