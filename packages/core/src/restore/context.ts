import type { BytePath } from '../bytes.ts';
import { type BackupError, toBackupError } from '../errors.ts';
import { systemCode } from '../posix/errno.ts';
import type { Folder } from '../posix/folder.ts';
import type { FileContent } from './content.ts';
import type { Hardlinks } from './hardlinks.ts';
import type { RestoreOptions } from './options.ts';
import { aboutEntry, type Tally } from './tally.ts';

/** What all parts of one restore share. */
export interface RestoreContext {
  readonly options: RestoreOptions;
  readonly overwrite: NonNullable<RestoreOptions['overwrite']>;
  readonly owners: NonNullable<RestoreOptions['owners']>;
  readonly content: FileContent;
  readonly tally: Tally;
  readonly hardlinks: Hardlinks;
  /** The folder that is restored to; `undefined` in a dry run when it is not there. */
  readonly root: Folder | undefined;
  /** The disk takes names that differ in case alone for one name. */
  readonly foldsCase: boolean;
  /** Fires when the caller stops it, or when going on makes no sense. */
  readonly signal: AbortSignal;
  /** Ends the restore with this error. */
  readonly stop: (error: BackupError, path: BytePath) => void;
}

/** The content of a file could not be had; everything else may still go well. */
export class ContentFailure extends Error {
  override readonly cause: unknown;
  constructor(cause: unknown) {
    super('content');
    this.cause = cause;
  }
}

/** Takes what went wrong with one entry: no room left and a read-only disk end the restore, anything else is a problem of that entry. */
export const settle = (context: RestoreContext, path: Parameters<Tally['problem']>[0], error: unknown): void => {
  if (context.signal.aborted) return;
  if (error instanceof ContentFailure) return context.tally.problem(path, error.cause);
  const failure = toBackupError(error);
  if (['ENOSPC', 'EDQUOT', 'EROFS'].includes(systemCode(failure) ?? '')) context.stop(aboutEntry(path, failure), path);
  else context.tally.problem(path, failure);
};
