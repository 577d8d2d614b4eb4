import type { BytePath } from '../bytes.ts';
import { BackupError, type ErrorCode, type ErrorContext } from '../errors.ts';
import type { Node } from '../repository/node.ts';
import type { RestoreChange, RestoreLosses, RestoreOptions } from './options.ts';

/** A regular file that a thread restores. */
export interface BatchFile {
  /** The open folder that it goes into: descriptors belong to the process. */
  readonly folder: number;
  /** Nothing stands there under its name: the folder was made for it. */
  readonly isFirst: boolean;
  /** In the snapshot, for people. */
  readonly path: BytePath;
  readonly node: Node;
}

export type BatchOptions = Required<
  Pick<RestoreOptions, 'overwrite' | 'owners' | 'verify' | 'sparse' | 'delete' | 'keepPartial'>
>;

/** What came of a batch. */
export interface BatchReport {
  readonly files: number;
  readonly bytes: number;
  readonly skipped: number;
  readonly lost: RestoreLosses;
  readonly problems: readonly BatchProblem[];
  readonly changes: readonly RestoreChange[];
  /** The places in the batch of files whose content was not as it should be: they are to be restored from wherever it is whole. */
  readonly again: readonly number[];
  /** What ends the restore; the files behind it were not tried. */
  readonly ended?: BatchProblem | undefined;
}

export interface BatchProblem {
  readonly path: BytePath;
  readonly error: PlainError;
}

/** A BackupError as it travels between threads. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly context: ErrorContext;
}

export const plainError = ({ code, message, hint, context }: BackupError): PlainError => ({
  code,
  message,
  hint,
  context,
});

export const backupError = ({ code, message, hint, context }: PlainError): BackupError =>
  new BackupError(code, message, { hint, context });

/** Restores many files at a time, in threads. */
export interface FileThreads<Located extends { readonly bytes: number } = { readonly bytes: number }> {
  /** So many batches are worth having under way. */
  readonly atOnce: number;
  /** The files of a batch have no more to read. */
  readonly mostBytes: number;
  /** Where the content of a file is to be read, and how much that is; `undefined` when the file is not for a thread. */
  locate(node: Node): Located | undefined;
  /** Rejects when nothing of this kind can be had any more: the files are to be restored from elsewhere then. */
  restore(
    files: readonly { readonly file: BatchFile; readonly located: Located }[],
    options: BatchOptions,
  ): Promise<BatchReport>;
}
