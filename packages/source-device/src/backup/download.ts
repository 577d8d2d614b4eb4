import { type BackupError, type BytePath, toBackupError } from '@triplicate/core';
import type { PlistValue } from '@triplicate/plist';
import { frame } from '../wire/property-channel.ts';
import type { ByteChannel } from '../wire/byte-channel.ts';
import type { BackupTree } from './backup-tree.ts';
import { resolveDevicePath } from './device-path.ts';

/** More in one frame, and the phone's agent is ended for its memory when a manifest is large. */
const frameBytes = 32 * 1024;
const codes = { data: 0x0c, end: 0x00, error: 0x06 } as const;
/** DeviceLink's numbers for errno. */
export const linkStatus = {
  notFound: -6,
  exists: -7,
  notFolder: -8,
  io: -11,
  noSpace: -15,
  other: -1,
  several: -13,
} as const;

export interface DownloadOptions {
  readonly channel: ByteChannel;
  readonly tree: BackupTree;
  readonly udid: string;
  readonly signal: AbortSignal;
  readonly progress?: (bytes: number, file: string) => void;
  /** A file of the tree that could not be read to its end. */
  readonly unserved?: (error: BackupError) => void;
}

/** Sends the files that the phone asked for. Gives the status that ends the batch, with what failed by path. */
export const sendDownloads = async (
  paths: readonly string[],
  options: DownloadOptions,
): Promise<Record<string, PlistValue>> => {
  const failures: Record<string, PlistValue> = {};
  for (const text of paths) {
    const path = resolveDevicePath(text, options.udid);
    const name = Buffer.from(text, 'utf8');
    await options.channel.write(frame(name.length), name);
    const failure = await sendFile(path, text, options);
    if (failure) failures[text] = failure;
  }
  await options.channel.write(frame(0));
  return failures;
};

const sendFile = async (path: BytePath, name: string, options: DownloadOptions): Promise<PlistValue | undefined> => {
  const { channel, tree, signal } = options;
  const node = await tree.node(path);
  if (node?.type !== 'file') return sendFailure(channel, 'No such file or directory', linkStatus.notFound);
  try {
    for await (const part of tree.read(path, { signal }))
      for (let at = 0; at < part.length; at += frameBytes) {
        const block = part.subarray(at, at + frameBytes);
        await channel.write(blockHead(block.length, codes.data), block);
        options.progress?.(block.length, name);
      }
  } catch (error) {
    const failure = toBackupError(error);
    if (!isContentError(failure)) throw failure;
    options.unserved?.(failure);
    return sendFailure(channel, failure.message, linkStatus.io);
  }
  await channel.write(blockHead(0, codes.end));
  return undefined;
};

/** The content is at fault, not the connection or the person. */
const isContentError = (error: BackupError): boolean => error.code !== 'ABORTED' && error.context['ended'] !== true;

const sendFailure = async (channel: ByteChannel, text: string, code: number): Promise<PlistValue> => {
  const bytes = Buffer.from(text, 'utf8');
  await channel.write(blockHead(bytes.length, codes.error), bytes);
  return { DLFileErrorString: text, DLFileErrorCode: code };
};

const blockHead = (length: number, code: number): Buffer => {
  const head = Buffer.allocUnsafe(5);
  head.writeUInt32BE(length + 1, 0);
  head[4] = code;
  return head;
};
