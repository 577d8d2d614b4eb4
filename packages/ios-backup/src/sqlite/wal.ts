import { BackupError } from '@triplicate/core';

const headerBytes = 32;
const frameHeaderBytes = 24;

/**
 * The database with every committed transaction of its write-ahead log put in its place, as SQLite itself would read the pair
 * (https://www.sqlite.org/fileformat2.html#walformat). Frames after the last commit, of an older generation or with a wrong checksum
 * are left out. The result says "rollback journal" in its header, so that it can be opened without the log.
 */
export const applyWal = (main: Buffer, wal: Buffer): Buffer => {
  const frames = committedFrames(wal);
  if (frames === undefined) return withoutWal(main);
  const size = frames.pages * frames.pageSize;
  const whole = Buffer.alloc(size);
  main.copy(whole, 0, 0, Math.min(size, main.length));
  for (const [page, at] of frames.places) {
    if (page <= frames.pages) wal.copy(whole, (page - 1) * frames.pageSize, at, at + frames.pageSize);
  }
  return withoutWal(whole);
};

/** Header bytes 18 and 19 are the read and write version: 2 means WAL, which a database in memory cannot have. */
const withoutWal = (database: Buffer): Buffer => {
  if (database.length >= 20 && database[18] === 2) database.set([1, 1], 18);
  return database;
};

interface Frames {
  readonly pageSize: number;
  /** Pages that the database has after the last commit. */
  readonly pages: number;
  /** Page number → where its newest committed content begins in the log. */
  readonly places: ReadonlyMap<number, number>;
}

const committedFrames = (wal: Buffer): Frames | undefined => {
  const header = readHeader(wal);
  if (header === undefined) return undefined;
  const { pageSize, littleEndian } = header;
  const places = new Map<number, number>();
  let pending: [number, number][] = [];
  let pages = 0;
  let sums = header.sums;
  for (let at = headerBytes; at + frameHeaderBytes + pageSize <= wal.length; at += frameHeaderBytes + pageSize) {
    if (wal.compare(wal, 16, 24, at + 8, at + 16) !== 0) break;
    sums = checksum(wal.subarray(at, at + 8), sums, littleEndian);
    sums = checksum(wal.subarray(at + frameHeaderBytes, at + frameHeaderBytes + pageSize), sums, littleEndian);
    if (wal.readUInt32BE(at + 16) !== sums[0] || wal.readUInt32BE(at + 20) !== sums[1]) break;
    pending.push([wal.readUInt32BE(at), at + frameHeaderBytes]);
    const commit = wal.readUInt32BE(at + 4);
    if (commit === 0) continue;
    for (const [page, place] of pending) places.set(page, place);
    pending = [];
    pages = commit;
  }
  return pages === 0 ? undefined : checkSize({ pageSize, pages, places }, wal);
};

type Sums = readonly [number, number];

const readHeader = (wal: Buffer) => {
  if (wal.length < headerBytes) return undefined;
  const magic = wal.readUInt32BE(0);
  if (magic !== 0x377f0682 && magic !== 0x377f0683) return undefined;
  const pageSize = wal.readUInt32BE(8);
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  const littleEndian = magic === 0x377f0682;
  const sums = checksum(wal.subarray(0, 24), [0, 0], littleEndian);
  return wal.readUInt32BE(24) === sums[0] && wal.readUInt32BE(28) === sums[1]
    ? { pageSize, littleEndian, sums }
    : undefined;
};

const checksum = (bytes: Buffer, [first, second]: Sums, littleEndian: boolean): Sums => {
  let a = first;
  let b = second;
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    a = (a + (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) + b) >>> 0;
    b = (b + (littleEndian ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4)) + a) >>> 0;
  }
  return [a, b];
};

/** The largest database that a log may claim, so that a few forged bytes cannot ask for all of the memory. */
const largestDatabase = 1024 ** 3;

const checkSize = (frames: Frames, wal: Buffer): Frames => {
  if (frames.pages * frames.pageSize <= largestDatabase) return frames;
  throw new BackupError(
    'CORRUPT',
    `a write-ahead log of ${wal.length} bytes claims a database of ${frames.pages} pages`,
  );
};
