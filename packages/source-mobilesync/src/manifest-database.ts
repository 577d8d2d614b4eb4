import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';

const headBytes = 100;
const magic = Buffer.from('SQLite format 3\0', 'latin1');
const cipherBlock = 16;

/**
 * Whether the Manifest.db in a folder has the length that it says it has, or, where the phone encrypted it, one that a cipher gives. A copy that was
 * broken off, or a disk that was full, leaves less.
 */
export const isDatabaseWhole = async (folder: string, isEncrypted: boolean | undefined): Promise<boolean> => {
  await using file = await open(join(folder, 'Manifest.db'), 'r');
  const { size } = await file.stat();
  const { buffer: head, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  const isPlain = bytesRead === headBytes && head.subarray(0, magic.length).equals(magic);
  if (!isPlain) return isEncrypted !== false && size > 0 && size % cipherBlock === 0;
  // What stands in a log beside it may not have come to it yet.
  return size >= lengthOf(head) || (await hasLog(folder));
};

/** As the head of the database tells it, where it does: programs from before 2010 leave the number of pages as it was. */
const lengthOf = (head: Buffer): number => {
  const pageSize = head.readUInt16BE(16) === 1 ? 65_536 : head.readUInt16BE(16);
  const pages = head.readUInt32BE(24) === head.readUInt32BE(92) ? head.readUInt32BE(28) : 1;
  return pageSize * pages;
};

const hasLog = (folder: string): Promise<boolean> =>
  stat(join(folder, 'Manifest.db-wal')).then(
    ({ size }) => size > 0,
    () => false,
  );
