import { BackupError, type BytePath, isBackupError, toBackupError } from '@triplicate/core';
import type { ByteChannel } from '../wire/byte-channel.ts';
import type { BackupTree } from './backup-tree.ts';
import { resolveDevicePath } from './device-path.ts';

const codes = { data: 0x0c, end: 0x00, remoteError: 0x0b, localError: 0x06 } as const;
const longestName = 4096;
/** Of the sentence with which the phone explains a failure. */
const longestText = 4096;
const anyLength = 1024 * 1024;

export interface UploadOptions {
  readonly channel: ByteChannel;
  readonly tree: BackupTree;
  readonly udid: string;
  readonly signal: AbortSignal;
  readonly progress: (bytes: number, file: string | undefined) => void;
  /** Whether a file is read and dropped: an empty one takes its place, which the phone moves and removes as if it were whole. */
  readonly leavesOut?: ((devicePath: string) => boolean) | undefined;
  /** A file was taken, whole or as much of it as the phone could read. */
  readonly uploaded?: ((path: BytePath, whole: boolean) => void) | undefined;
}

/** What the host answers after a batch, and why. */
export interface BatchResult {
  /** The first failure on our side; the rest of the batch was read and dropped. */
  readonly failure: BackupError | undefined;
}

/** Takes a batch of files from the phone into the tree, as it arrives; nothing of a file is held but what the connection holds. */
export const receiveUploads = async (
  options: UploadOptions,
  alreadyFailed: BackupError | undefined,
): Promise<BatchResult> => {
  let failure = alreadyFailed;
  for (;;) {
    const devicePath = await readName(options.channel);
    if (devicePath === '') return { failure };
    const path = resolveDevicePath(await readName(options.channel), options.udid);
    failure = await receiveFile(options, { path, devicePath }, failure);
  }
};

const receiveFile = async (
  options: UploadOptions,
  { path, devicePath }: { readonly path: BytePath; readonly devicePath: string },
  failed: BackupError | undefined,
): Promise<BackupError | undefined> => {
  const file = new IncomingFile(options, devicePath);
  let failure = failed;
  if (failure === undefined) {
    try {
      const content = options.leavesOut?.(devicePath) === true ? file.dropped() : file.content();
      await options.tree.put(path, content, { signal: options.signal });
    } catch (error) {
      failure = toBackupError(error);
    }
  }
  if (isLost(file, failure)) throw failure;
  await file.drain();
  if (failure !== undefined) return failure;
  options.uploaded?.(path, file.text === undefined);
  if (file.text !== undefined) options.tree.unreadable(path, file.text);
  return failure;
};

/** The connection itself is gone: there is nothing to drain. */
const isLost = (file: IncomingFile, failure: BackupError | undefined): failure is BackupError =>
  file.broken !== undefined || isBackupError(failure, 'ABORTED');

class IncomingFile {
  /** What the phone said when it could not read its own file to the end. */
  text: string | undefined;
  broken: unknown;
  readonly #options: UploadOptions;
  readonly #name: string;
  #ended = false;
  #left = 0;

  constructor(options: UploadOptions, name: string) {
    this.#options = options;
    this.#name = name;
  }

  /** A piece is good until the next one is asked for. */
  async *content(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const part = (this.#left > 0 ? this.#options.channel.take(this.#left) : undefined) ?? (await this.#next());
        if (part === undefined) return;
        if (part.length === 0) continue;
        this.#left -= part.length;
        this.#options.progress(part.length, this.#name);
        yield part;
      }
    } catch (error) {
      this.broken = error;
      throw error;
    }
  }

  /** Nothing; what the phone sends is read for it. */
  async *dropped(): AsyncGenerator<Uint8Array> {
    await this.drain();
    yield* [];
  }

  /** Reads what is left of this file and drops it. */
  async drain(): Promise<void> {
    for await (const part of this.content()) void part;
  }

  /** The next bytes, an empty piece between two blocks, `undefined` at the end of the file. */
  async #next(): Promise<Uint8Array | undefined> {
    const { channel } = this.#options;
    if (this.#left > 0) return channel.some(Math.min(this.#left, anyLength));
    if (this.#ended) return undefined;
    const length = (await channel.read(4)).readUInt32BE(0);
    const code = length === 0 ? codes.end : (await channel.read(1))[0];
    if (code === codes.data) {
      this.#left = length - 1;
      return Buffer.alloc(0);
    }
    this.#ended = true;
    if (code === codes.end) return undefined;
    if (code !== codes.remoteError && code !== codes.localError)
      throw new BackupError('CORRUPT', 'the phone sent a block of an unknown kind', {
        hint: 'plug it in again and try again',
      });
    this.text = (await readText(channel, length - 1)) || 'no reason given';
    return undefined;
  }
}

const readText = async (channel: ByteChannel, length: number): Promise<string> => {
  const kept = await channel.read(Math.min(length, longestText));
  for (let left = length - kept.length; left > 0;) left -= (await channel.some(Math.min(left, anyLength))).length;
  return kept.toString('utf8');
};

const readName = async (channel: ByteChannel): Promise<string> => {
  const length = (await channel.read(4)).readUInt32BE(0);
  if (length > longestName)
    throw new BackupError('CORRUPT', `the phone sent a name of ${length} bytes`, {
      hint: 'plug it in again and try again',
    });
  return (await channel.read(length)).toString('utf8');
};
