import { BackupError, type BytePath, isBackupError, toBackupError } from '@triplicate/core';
import type { ByteChannel } from '../wire/byte-channel.ts';
import type { BackupTree } from './backup-tree.ts';
import { isContentFile, resolvePlace } from './device-path.ts';

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
  /** Whether a file of the phone is read and dropped: an empty one takes its place, which the phone moves and removes as if it were whole. */
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
  const { channel } = options;
  for (;;) {
    // Most of it is here already: to wait for what is here costs more than to read it.
    const announced = nameLength(channel.takeWhole(4) ?? (await channel.read(4)));
    const devicePath = textOf(channel.takeWhole(announced) ?? (await channel.read(announced)));
    if (devicePath === '') return { failure };
    const length = nameLength(channel.takeWhole(4) ?? (await channel.read(4)));
    const name = textOf(channel.takeWhole(length) ?? (await channel.read(length)));
    failure = await receiveFile(options, { path: resolvePlace(name, options.udid), devicePath }, failure);
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
      const isDropped = isContentFile(path) && options.leavesOut?.(devicePath) === true;
      const content = isDropped ? file.dropped() : file;
      await options.tree.put(path, content, { signal: options.signal });
    } catch (error) {
      failure = toBackupError(error);
    }
  }
  if (isLost(file, failure)) throw failure;
  if (!file.ended) await file.drain();
  if (failure !== undefined) return failure;
  options.uploaded?.(path, file.text === undefined);
  if (file.text !== undefined) options.tree.unreadable(path, file.text);
  return failure;
};

/** The connection itself is gone: there is nothing to drain. */
const isLost = (file: IncomingFile, failure: BackupError | undefined): failure is BackupError =>
  file.broken !== undefined || isBackupError(failure, 'ABORTED');

/** What the phone sends for one file. A piece is good until the next one is asked for. */
class IncomingFile implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  /** What the phone said when it could not read its own file to the end. */
  text: string | undefined;
  broken: unknown;
  ended = false;
  readonly #options: UploadOptions;
  readonly #name: string;
  /** Of the block that is being read. */
  #left = 0;
  /** The length of a block whose kind is not read yet, and of the sentence that comes instead of the rest of the file. */
  #length = 0;
  #textLength: number | undefined;

  constructor(options: UploadOptions, name: string) {
    this.#options = options;
    this.#name = name;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      const part = this.#take();
      if (part === undefined && !this.ended) return this.#wait();
      return Promise.resolve(result(part));
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** Nothing; what the phone sends is read for it. */
  async *dropped(): AsyncGenerator<Uint8Array> {
    await this.drain();
    yield* [];
  }

  /** Reads what is left of this file and drops it. */
  async drain(): Promise<void> {
    for await (const part of this) void part;
  }

  async #wait(): Promise<IteratorResult<Uint8Array, undefined>> {
    const { channel } = this.#options;
    try {
      for (;;) {
        if (this.#textLength === undefined) await channel.more();
        else await this.#readReason(this.#textLength);
        const part = this.#take();
        if (part !== undefined || this.ended) return result(part);
      }
    } catch (error) {
      return this.#fail(error);
    }
  }

  #fail(error: unknown): Promise<never> {
    this.broken = error;
    return Promise.reject(error);
  }

  /** The next bytes of those that are here; `undefined` when there are none, and at the end of the file. */
  #take(): Uint8Array | undefined {
    const { channel, progress } = this.#options;
    while (!this.ended && this.#textLength === undefined) {
      if (this.#left > 0) {
        const part = channel.take(this.#left);
        if (part === undefined) return undefined;
        this.#left -= part.length;
        progress(part.length, this.#name);
        return part;
      }
      if (!this.#takeHead()) return undefined;
    }
    return undefined;
  }

  /** Reads how long the next block is and of what kind; `false` when that is not here yet. */
  #takeHead(): boolean {
    const { channel } = this.#options;
    if (this.#length === 0) {
      const length = channel.takeWhole(4);
      if (length === undefined) return false;
      this.#length = length.readUInt32BE(0);
      if (this.#length === 0) return (this.ended = true);
    }
    const code = channel.takeWhole(1)?.[0];
    if (code === undefined) return false;
    const length = this.#length - 1;
    this.#length = 0;
    if (code === codes.data) this.#left = length;
    else if (code === codes.end) this.ended = true;
    else if (code === codes.remoteError || code === codes.localError) this.#textLength = length;
    else
      throw new BackupError('CORRUPT', 'the phone sent a block of an unknown kind', {
        hint: 'plug it in again and try again',
      });
    return true;
  }

  async #readReason(length: number): Promise<void> {
    this.text = (await readText(this.#options.channel, length)) || 'no reason given';
    this.ended = true;
  }
}

const result = (part: Uint8Array | undefined): IteratorResult<Uint8Array, undefined> =>
  part === undefined ? { value: undefined, done: true } : { value: part, done: false };

const readText = async (channel: ByteChannel, length: number): Promise<string> => {
  const kept = await channel.read(Math.min(length, longestText));
  for (let left = length - kept.length; left > 0;) left -= (await channel.some(Math.min(left, anyLength))).length;
  return kept.toString('utf8');
};

const nameLength = (head: Buffer): number => {
  const length = head.readUInt32BE(0);
  if (length > longestName)
    throw new BackupError('CORRUPT', `the phone sent a name of ${length} bytes`, {
      hint: 'plug it in again and try again',
    });
  return length;
};

const textOf = (bytes: Buffer): string => bytes.toString('utf8');
