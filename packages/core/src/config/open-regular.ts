import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { BackupError } from '../errors.ts';

export interface OpenRegularOptions {
  /** Takes a named pipe too, and waits for whoever writes into it: a person named it on the command line. */
  readonly pipes?: boolean;
}

/** Open in this process already, as the shell's `<(…)` leaves it: nobody is waited for in vain. */
const streams = /^\/dev\/(?:stdin|null|fd\/\d+)$|^\/proc\/self\/fd\/\d+$/;

/**
 * A file for reading; CONFIG_INVALID when it is a folder, a named pipe or a device. Opening a pipe waits for a writer, for ever where there is
 * none, and nothing ends that wait. `/dev/stdin` and `/dev/fd/N` are taken always. The caller says which
 * file; system errors are thrown as they are.
 */
export const openRegular = async (path: string, { pipes = false }: OpenRegularOptions = {}): Promise<FileHandle> => {
  const stats = await stat(path);
  if (stats.isDirectory()) throw new BackupError('CONFIG_INVALID', 'it is a folder', { hint: 'Name a file.' });
  if (streams.test(path) || (pipes && stats.isFIFO())) return await open(path, 'r');
  if (!stats.isFile()) throw notRegular();
  // It may have become a pipe since.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw notRegular();
};

const notRegular = (): BackupError =>
  new BackupError('CONFIG_INVALID', 'it is not a regular file', {
    hint: 'Name a file that stands on a disk; a pipe is taken on the command line only.',
  });
