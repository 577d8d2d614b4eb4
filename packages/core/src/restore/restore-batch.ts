import type { BackupError } from '../errors.ts';
import type { Folder } from '../posix/folder.ts';
import { openHandle } from '../posix/open-folder.ts';
import type { FileContent } from './content.ts';
import { ContentFailure, type RestoreContext, settle } from './context.ts';
import { type BatchFile, type BatchOptions, type BatchProblem, type BatchReport, plainError } from './file-batch.ts';
import { Hardlinks } from './hardlinks.ts';
import type { RestoreChange } from './options.ts';
import { restoreFile } from './restore-file.ts';
import { Tally } from './tally.ts';

export interface BatchParts {
  readonly options: BatchOptions;
  readonly content: FileContent;
  /** Asked before each file. */
  readonly isStopped: () => boolean;
}

/** Restores the files one after the other, on the thread that runs it; what would be told meanwhile is in the report. */
export const restoreBatch = async (
  files: readonly BatchFile[],
  { options, content, isStopped }: BatchParts,
): Promise<BatchReport> => {
  const changes: RestoreChange[] = [];
  const problems: BatchProblem[] = [];
  const again: number[] = [];
  let ended: BatchProblem | undefined;
  const { signal } = new AbortController();
  const telling = {
    ...options,
    signal,
    onChange: (change: RestoreChange) => void changes.push(change),
    onProblem: ({ path, error }: { readonly path: BatchFile['path']; readonly error: BackupError }) =>
      void problems.push({ path, error: plainError(error) }),
  };
  const tally = new Tally(telling);
  const context: RestoreContext = {
    options: telling,
    overwrite: options.overwrite,
    owners: options.owners,
    content,
    tally,
    hardlinks: new Hardlinks(),
    root: undefined,
    foldsCase: false,
    signal,
    stop: (error, path) => {
      ended = { path, error: plainError(error) };
    },
  };
  const folders = new Map<number, Folder>();
  for (const [index, { folder: handle, isFirst, path, node }] of files.entries()) {
    if (ended !== undefined || isStopped()) break;
    try {
      const folder = folders.get(handle) ?? openHandle(handle);
      folders.set(handle, folder);
      await restoreFile({ path, folderPath: path, folder, name: node.name, isFirst }, node, context);
    } catch (error) {
      if (error instanceof ContentFailure) again.push(index);
      else settle(context, path, error);
    }
  }
  const { files: written, bytes, skipped, lost } = tally;
  return { files: written, bytes, skipped, lost, problems, changes, again, ended };
};
