import type { FileHandle } from 'node:fs/promises';
import { BackupError, type GetOptions } from '@triplicate/core';

const pieceSize = 1024 * 1024;
/** Where no memory of our own is taken for it. */
const largestRead = 4 * pieceSize;

/** Pieces are used again: V8 looks for garbage whenever some ten megabytes of new ones were made. */
const spare: Buffer[] = [];
const mostSpare = 8;

/** The bytes of an open file, or a range of them: all that were asked for, or an error. A piece is good until the next one is asked for, or the reader leaves. */
export async function* readFile(
  file: FileHandle,
  {
    key,
    size,
    range,
    room,
  }: {
    readonly key: string;
    readonly size: number;
    readonly range: GetOptions['range'];
    readonly room: GetOptions['room'] | undefined;
  },
): AsyncIterable<Uint8Array> {
  const begin = range?.offset ?? 0;
  const end = range === undefined ? size : begin + range.length;
  if (end > size || begin < 0) {
    throw new BackupError('INVALID_RANGE', `"${key}" has ${size} bytes: there is no range from ${begin} to ${end}`);
  }
  const piece = room ? undefined : (spare.pop() ?? Buffer.allocUnsafeSlow(pieceSize));
  try {
    for (let at = begin; at < end;) {
      const into = piece ?? room?.subarray(at - begin, at - begin + largestRead) ?? Buffer.alloc(0);
      const { bytesRead } = await file.read(into, 0, Math.min(into.byteLength, end - at), at);
      if (bytesRead === 0) throw new BackupError('CORRUPT', `"${key}" became shorter while it was read`);
      yield into.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    if (piece && spare.length < mostSpare) spare.push(piece);
  }
}
