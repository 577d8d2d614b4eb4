import { BackupError } from '@triplicate/core';

const headerBytes = 32;
const frameHeaderBytes = 24;

/** Reads a part of a log, wherever it is kept. */
type ReadLog = (at: number, length: number) => Buffer;

/**
 * The database with every committed transaction of its write-ahead log put in its place, as SQLite itself would read the pair
 * (https://www.sqlite.org/fileformat2.html#walformat). Frames after the last commit, of an older generation or with a wrong checksum
 * are left out. The result says "rollback journal" in its header, so that it can be opened without the log; it may be `main` itself, changed.
 */
export const applyWal = (main: Buffer, wal: Buffer): Buffer => {
  const { frames } = readFrames(wal.length, inBuffer(wal));
  if (frames === undefined) return withoutWal(main);
  checkSize(frames, wal);
  const size = frames.pages * frames.pageSize;
  const whole = size <= main.length ? main.subarray(0, size) : Buffer.alloc(size);
  if (size > main.length) main.copy(whole);
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

export const inBuffer =
  (wal: Buffer): ReadLog =>
  (at, length) =>
    wal.subarray(at, at + length);

/**
 * What of a log SQLite passes over in silence although it was written for good, in words; `undefined` where that is nothing. What may
 * lie at the end of a sound log is none of it: frames of an older generation, and of a transaction that was given up.
 */
export const logDamage = (length: number, read: ReadLog): string | undefined => {
  if (length < headerBytes) return undefined;
  const { header, frames, end } = readFrames(length, read);
  if (header === undefined) return isBlank(read(0, headerBytes)) ? undefined : 'its log cannot be read';
  const step = frameHeaderBytes + header.pageSize;
  const first = frames === undefined ? headerBytes : end;
  let last = first;
  for (let at = first; at + step <= length; at += step) {
    const head = read(at, frameHeaderBytes);
    // A new generation has another of both salts: one that is the same tells that only the rest of the frame is wrong.
    const isOfThis = head.compare(header.salts, 0, 4, 8, 12) === 0 || head.compare(header.salts, 4, 8, 12, 16) === 0;
    if (isOfThis && head.readUInt32BE(4) !== 0) last = at + step;
  }
  const lost = (last - first) / step;
  return lost === 0 ? undefined : `${lost} page${lost === 1 ? '' : 's'} at the end of its log cannot be read`;
};

const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

interface Frames {
  readonly pageSize: number;
  /** Pages that the database has after the last commit. */
  readonly pages: number;
  /** Page number → where its newest committed content begins in the log. */
  readonly places: ReadonlyMap<number, number>;
}

interface Log {
  readonly header: Header | undefined;
  /** Absent where nothing was committed. */
  readonly frames: Frames | undefined;
  /** Where the last committed frame ends. */
  readonly end: number;
}

const readFrames = (length: number, read: ReadLog): Log => {
  const header = readHeader(read(0, headerBytes));
  if (header === undefined) return { header, frames: undefined, end: 0 };
  const { pageSize, littleEndian, salts } = header;
  const places = new Map<number, number>();
  let pending: [number, number][] = [];
  let pages = 0;
  let end = headerBytes;
  let sums = header.sums;
  for (let at = headerBytes; at + frameHeaderBytes + pageSize <= length; at += frameHeaderBytes + pageSize) {
    const frame = read(at, frameHeaderBytes + pageSize);
    if (frame.compare(salts, 0, 8, 8, 16) !== 0) break;
    sums = checksum(frame.subarray(0, 8), sums, littleEndian);
    sums = checksum(frame.subarray(frameHeaderBytes), sums, littleEndian);
    if (frame.readUInt32BE(16) !== sums[0] || frame.readUInt32BE(20) !== sums[1]) break;
    pending.push([frame.readUInt32BE(0), at + frameHeaderBytes]);
    const commit = frame.readUInt32BE(4);
    if (commit === 0) continue;
    for (const [page, place] of pending) places.set(page, place);
    pending = [];
    pages = commit;
    end = at + frameHeaderBytes + pageSize;
  }
  return { header, frames: pages === 0 ? undefined : { pageSize, pages, places }, end };
};

type Sums = readonly [number, number];

interface Header {
  readonly pageSize: number;
  readonly littleEndian: boolean;
  readonly sums: Sums;
  readonly salts: Buffer;
}

const readHeader = (wal: Buffer): Header | undefined => {
  if (wal.length < headerBytes) return undefined;
  const magic = wal.readUInt32BE(0);
  if (magic !== 0x377f0682 && magic !== 0x377f0683) return undefined;
  const pageSize = wal.readUInt32BE(8);
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  const littleEndian = magic === 0x377f0682;
  const sums = checksum(wal.subarray(0, 24), [0, 0], littleEndian);
  return wal.readUInt32BE(24) === sums[0] && wal.readUInt32BE(28) === sums[1]
    ? { pageSize, littleEndian, sums, salts: Buffer.from(wal.subarray(16, 24)) }
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

const checkSize = (frames: Frames, wal: Buffer): void => {
  if (frames.pages * frames.pageSize <= largestDatabase) return;
  throw new BackupError(
    'CORRUPT',
    `a write-ahead log of ${wal.length} bytes claims a database of ${frames.pages} pages`,
  );
};
