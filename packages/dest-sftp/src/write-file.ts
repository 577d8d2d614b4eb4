import { type Body, exactBytes, notKept } from '@triplicate/core';
import type { Stats } from 'ssh2';
import { status, statusOf } from './errors.ts';
import { mostPieces, pieceBytes } from './read-file.ts';
import type { SftpSession } from './session.ts';

export interface WriteOptions {
  readonly signal: AbortSignal;
  /** One request after the other: for servers that write in order alone. */
  readonly inOrder: boolean;
}

/** Writes a new file and flushes it to the disk where the server can; tells what it is then. What fails leaves it half-written. */
export const writeFile = async (
  session: SftpSession,
  path: string,
  { body, inOrder, signal }: WriteOptions & { readonly body: Body },
): Promise<Stats> => {
  const handle = await session.open(path, 'wx');
  try {
    await writeAll(session, handle, { body, inOrder, signal });
    await session.sync(handle).catch(unlessUnsupported);
  } catch (error) {
    await session.close(handle).catch(() => undefined);
    throw error;
  }
  await session.close(handle);
  const info = await session.stat(path);
  if (info.size === body.size) return info;
  throw notKept(`it was stored with ${info.size} bytes instead of ${body.size}`);
};

const writeAll = async (
  session: SftpSession,
  handle: Buffer,
  { body, inOrder, signal }: WriteOptions & { readonly body: Body },
): Promise<void> => {
  const most = inOrder ? 1 : mostPieces;
  const underWay = new Set<Promise<void>>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let position = 0;
  for await (const part of exactBytes(body, signal)) {
    for (let at = 0; at < part.byteLength; at += pieceBytes) {
      const length = Math.min(pieceBytes, part.byteLength - at);
      // The view holds until the next one only, and the library may send a piece in two parts.
      const piece = Buffer.from(part.subarray(at, at + length));
      const writing = session.write(handle, piece, position);
      underWay.add(writing);
      writing.then(
        () => underWay.delete(writing),
        (error: unknown) => failed.reject(error),
      );
      position += length;
      while (underWay.size >= most) await Promise.race([...underWay, failed.promise]);
    }
  }
  await Promise.race([Promise.all(underWay), failed.promise]);
};

export const unlessUnsupported = (error: unknown): void => {
  if (statusOf(error) !== status.unsupported) throw error;
};
