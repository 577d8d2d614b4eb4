import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { bufferFromBytes } from '../bytes.ts';
import { BackupError, toBackupError } from '../errors.ts';
import type { LocalFile } from '../source/source.ts';

/** The content of exactly the file that the source looked at; UNREADABLE when another one stands under its name now. */
export const readLocalFile = async ({ device, inode, localPath }: LocalFile): Promise<Buffer> => {
  // Absent on Windows.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  try {
    await using file = await open(bufferFromBytes(localPath), flags);
    const stat = await file.stat({ bigint: true });
    if (stat.ino === inode && stat.dev === device) return await file.readFile();
  } catch (error) {
    throw toBackupError(error, 'UNREADABLE');
  }
  throw new BackupError('UNREADABLE', 'another file took its place before it was read');
};
