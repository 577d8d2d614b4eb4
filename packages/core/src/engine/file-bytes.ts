import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { BackupError } from '../errors.ts';
import type { FileJob } from './messages.ts';

/** `O_NONBLOCK`: a pipe that took the file's place must not hold the worker; `O_NOFOLLOW`: nor may a link lead elsewhere. */
const flags =
  constants.O_RDONLY |
  (constants.O_NOFOLLOW ?? 0) |
  (constants.O_NONBLOCK ?? 0) |
  (process.platform === 'linux' ? 0o1000000 : 0);
const flagsWithoutNoAtime = flags & ~0o1000000;

/** Opens the very file that the source looked at, gives its bytes to `use`, and closes it. */
export const withFile = <T>(file: FileJob, use: (fill: (room: Uint8Array) => number) => T): T => {
  const fd = open(Buffer.from(file.localPath, 'latin1'));
  try {
    const now = fstatSync(fd, { bigint: true });
    if (!now.isFile() || (file.inode !== 0n && (now.ino !== file.inode || now.dev !== file.device))) {
      throw new BackupError('UNREADABLE', 'another file took its place while it was being read');
    }
    return use((room) => readSync(fd, room, 0, room.byteLength, null));
  } finally {
    closeSync(fd);
  }
};

/** O_NOATIME is for the owner and root only; others read without it. */
const open = (path: Buffer): number => {
  try {
    return openSync(path, flags);
  } catch (error) {
    if (flags === flagsWithoutNoAtime || (error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    return openSync(path, flagsWithoutNoAtime);
  }
};
