import { write, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const writeLater = promisify(write);

/** A hole is worth leaving from one block of the usual file systems on. */
const block = 4096;
const zeros = Buffer.alloc(block);

/** Up to this a write is done at once: it costs less than the way to another thread and back. */
const atOnce = 128 * 1024;

interface Writing {
  readonly offset: number;
  /** Nothing stood in the file yet: blocks of zeros may be left out. */
  readonly sparse: boolean;
}

/** Writes `bytes` at `offset`. Gives where the last byte that was written ends, `offset` when none was. */
export const writeAt = async (fd: number, bytes: Uint8Array, writing: Writing): Promise<number> => {
  if (bytes.byteLength <= atOnce) return writeNow(fd, bytes, writing);
  const { offset } = writing;
  let end = offset;
  for (const [from, to] of rangesOf(bytes, writing)) {
    for (let at = from; at < to;) at += (await writeLater(fd, bytes, at, to - at, offset + at)).bytesWritten;
    end = offset + to;
  }
  return end;
};

/** The same, on this thread. */
export const writeNow = (fd: number, bytes: Uint8Array, writing: Writing): number => {
  const { offset } = writing;
  let end = offset;
  for (const [from, to] of rangesOf(bytes, writing)) {
    for (let at = from; at < to;) at += writeSync(fd, bytes, at, to - at, offset + at);
    end = offset + to;
  }
  return end;
};

const rangesOf = (bytes: Uint8Array, { offset, sparse }: Writing): Iterable<readonly [from: number, to: number]> =>
  sparse && bytes.byteLength >= block ? dataRanges(bytes, offset) : [[0, bytes.byteLength]];

/** The ranges of `bytes` that are not whole blocks of zeros, blocks counted from the start of the file. */
export function* dataRanges(bytes: Uint8Array, offset: number): Generator<readonly [from: number, to: number]> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let begin = 0;
  let at = Math.min(view.length, (block - (offset % block)) % block);
  for (; at + block <= view.length; at += block) {
    if (view[at] !== 0 || zeros.compare(view, at, at + block) !== 0) continue;
    if (begin < at) yield [begin, at];
    begin = at + block;
  }
  if (begin < view.length) yield [begin, view.length];
}
