import { write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { isMainThread } from 'node:worker_threads';

const writeLater = promisify(write);

/** A hole is worth leaving from one block of the usual file systems on. */
const block = 4096;
const zeros = Buffer.alloc(block);

/** Up to this a write is done at once: it costs less than the way to another thread and back. In a thread nobody waits for it. */
const atOnce = isMainThread ? 128 * 1024 : Number.POSITIVE_INFINITY;

/**
 * Writes `bytes` at `offset`; in a file where nothing stood yet, blocks of zeros may be left out (`sparse`). Gives where the last byte that
 * was written ends, `offset` when none was.
 */
export const writeAt = async (
  fd: number,
  bytes: Uint8Array,
  { offset, sparse }: { readonly offset: number; readonly sparse: boolean },
): Promise<number> => {
  let end = offset;
  for (const [from, to] of sparse ? dataRanges(bytes, offset) : [[0, bytes.byteLength] as const]) {
    await writeAll(fd, bytes.subarray(from, to), offset + from);
    end = offset + to;
  }
  return end;
};

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

const writeAll = async (fd: number, bytes: Uint8Array, offset: number): Promise<void> => {
  let done = 0;
  while (done < bytes.byteLength) {
    const left = bytes.byteLength - done;
    done +=
      left <= atOnce
        ? writeSync(fd, bytes, done, left, offset + done)
        : (await writeLater(fd, bytes, done, left, offset + done)).bytesWritten;
  }
};
