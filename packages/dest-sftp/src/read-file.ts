import { BackupError } from '@triplicate/core';
import type { SftpSession } from './session.ts';

/** What every server answers in one piece. */
export const pieceBytes = 32 * 1024;
/** So many pieces are on their way at the same time: 2 MiB for each read and write. */
export const mostPieces = 64;

export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** The bytes of an open file from `offset` on, exactly `length` of them, with many requests on their way; UNAVAILABLE when it ends before. */
export async function* readFile(session: SftpSession, handle: Buffer, extent: Extent): AsyncIterable<Uint8Array> {
  const end = extent.offset + extent.length;
  const ahead: Promise<Buffer>[] = [];
  let next = extent.offset;
  const ask = (): void => {
    const piece = readPiece(session, handle, { offset: next, length: Math.min(pieceBytes, end - next) });
    // Who leaves half-way waits for none of them.
    piece.catch(() => undefined);
    ahead.push(piece);
    next += pieceBytes;
  };
  while (next < end || ahead.length > 0) {
    while (next < end && ahead.length < mostPieces) ask();
    const piece = await ahead.shift();
    if (piece !== undefined) yield piece;
  }
}

/** A server may answer with less than it was asked for. */
const readPiece = async (session: SftpSession, handle: Buffer, { length, offset }: Extent): Promise<Buffer> => {
  const piece = Buffer.allocUnsafe(length);
  for (let filled = 0; filled < length;) {
    const got = await session.read(handle, piece.subarray(filled), offset + filled);
    if (got === 0) throw new BackupError('UNAVAILABLE', `the file ended after ${offset + filled} bytes`);
    filled += got;
  }
  return piece;
};
