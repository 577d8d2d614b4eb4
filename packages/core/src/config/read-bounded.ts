import { openRegular, type OpenRegularOptions } from './open-regular.ts';

/** What a file holds, at most `limit` bytes of it, and whether others may read it. */
export interface BoundedFile {
  readonly bytes: Buffer;
  /** Whether there is more than `limit`. */
  readonly more: boolean;
  /** A regular file that the group or everybody may read (always false on Windows, where modes say nothing). */
  readonly exposed: boolean;
}

/** Rejects as `openRegular` does. */
export const readBounded = async (path: string, limit: number, options?: OpenRegularOptions): Promise<BoundedFile> => {
  await using file = await openRegular(path, options);
  const stats = await file.stat();
  const parts: Buffer[] = [];
  let length = 0;
  while (length <= limit) {
    const part = Buffer.allocUnsafe(64 * 1024);
    const { bytesRead } = await file.read(part, 0, part.length, null);
    if (bytesRead === 0) break;
    parts.push(part.subarray(0, bytesRead));
    length += bytesRead;
  }
  const bytes = Buffer.concat(parts);
  const exposed = stats.isFile() && (stats.mode & 0o044) !== 0 && stats.uid !== undefined;
  return { bytes: bytes.subarray(0, limit), more: bytes.length > limit, exposed };
};

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Text of bytes that should be UTF-8; undefined when they are not. A byte order mark is dropped. */
export const decodeText = (bytes: Uint8Array): string | undefined => {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
};
