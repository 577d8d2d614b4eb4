import { type FileHandle, open } from 'node:fs/promises';
import { BackupError, type Body, exactBytes } from '@triplicate/core';
import type { Platform } from './platform.ts';

/** Parts below half of this are gathered, so that many small ones do not cost a system call each. */
const stagingSize = 256 * 1024;
/**
 * Written at once. For more than this Linux takes large free blocks of memory for its page cache, and in a virtual machine those may be the ones that were given
 * back to the host, who has to bring every page of them: the copy takes ten times as long then, and nothing gains from more.
 */
const mostAtOnce = 256 * 1024;

const nothing = Buffer.alloc(0);

/** Writes every byte of `body` to a new file at `path` and makes it durable; says when it was written. Only the owner can read it, nobody write it. */
export const writeFile = async (
  path: string,
  body: Body,
  { platform, signal }: { readonly platform: Platform; readonly signal: AbortSignal },
): Promise<Date> => {
  await using file = await open(path, 'wx', 0o600);
  // A view is valid only until the next one is asked for, so small ones are copied, and large ones written at once. Packs are large ones.
  let staging = nothing;
  let staged = 0;
  for await (const part of exactBytes(body, signal)) {
    const isSmall = part.byteLength < stagingSize / 2;
    if (isSmall && staging === nothing) staging = Buffer.allocUnsafe(Math.min(stagingSize, body.size));
    if (isSmall && part.byteLength <= staging.byteLength - staged) {
      staging.set(part, staged);
      staged += part.byteLength;
    } else {
      await writeFully(file, staging.subarray(0, staged));
      await writeFully(file, part);
      staged = 0;
    }
  }
  await writeFully(file, staging.subarray(0, staged));
  if (platform.setsModes) await forbidWriting(file);
  await platform.syncFile(file);
  const { mtime, size } = await file.stat();
  if (size !== body.size) throw new BackupError('IO', `the file system kept ${size} of ${body.size} bytes`);
  return mtime;
};

/** A write may end early, e.g. just before the disk is full. */
const writeFully = async (file: FileHandle, part: Uint8Array): Promise<void> => {
  for (let at = 0; at < part.byteLength;) {
    const { bytesWritten } = await file.write(part, at, Math.min(mostAtOnce, part.byteLength - at));
    if (bytesWritten === 0) throw new BackupError('IO', 'the file system takes no more bytes and does not say why');
    at += bytesWritten;
  }
};

/** FAT and some network folders know no permissions; the object is as good without. */
const forbidWriting = async (file: FileHandle): Promise<void> => {
  await file.chmod(0o400).catch(() => {});
};
