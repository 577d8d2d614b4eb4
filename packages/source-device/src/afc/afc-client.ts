import { BackupError } from '@triplicate/core';
import type { ByteChannel } from '../wire/byte-channel.ts';
import { afcError, type AfcReply, afcStatus, operations, receiveAfc, sendAfc } from './afc-packet.ts';

export const afcService = 'com.apple.afc';

export type AfcMode = 'r' | 'r+' | 'w' | 'w+' | 'a' | 'a+';
const modes: Readonly<Record<AfcMode, number>> = { r: 1, 'r+': 2, w: 3, 'w+': 4, a: 5, 'a+': 6 };
/** Exclusive and without waiting; unlock. */
const lockOperations = { lock: 6, unlock: 12 } as const;

export interface AfcInfo {
  readonly type: 'file' | 'dir' | 'symlink' | 'other';
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly linkTarget: string | undefined;
}

/** Files of the device over one connection; calls are queued one behind the other. Paths are text, `/`-separated, from the root of the service. */
export class AfcClient implements AsyncDisposable {
  readonly #channel: ByteChannel;
  #number = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(channel: ByteChannel) {
    this.#channel = channel;
  }

  /** Names in the order of the device, without `.` and `..`. */
  async list(path: string): Promise<readonly string[]> {
    const { payload } = await this.#call(operations.readDirectory, path, text(path));
    return strings(payload).filter((name) => name !== '.' && name !== '..' && name !== '');
  }

  async info(path: string): Promise<AfcInfo> {
    const { payload } = await this.#call(operations.fileInfo, path, text(path));
    const pairs = readPairs(payload);
    return {
      type: types[pairs.get('st_ifmt') ?? ''] ?? 'other',
      size: sizeIn(wholeNumber(pairs.get('st_size'))),
      mtimeNs: wholeNumber(pairs.get('st_mtime')),
      linkTarget: pairs.get('LinkTarget'),
    };
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#call(operations.makeDirectory, path, text(path));
  }

  async remove(path: string): Promise<void> {
    await this.#call(operations.removePath, path, text(path));
  }

  async open(path: string, mode: AfcMode): Promise<AfcFile> {
    const { operation, header } = await this.#call(
      operations.open,
      path,
      Buffer.concat([u64(modes[mode]), text(path)]),
    );
    if (operation !== operations.opened || header.length < 8)
      throw new BackupError('CORRUPT', `the phone gave no handle for "${path}"`);
    const handle = header.readBigUInt64LE(0);
    return new AfcFile(path, handle, (operation, header, payload) => this.#call(operation, path, header, payload));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#channel[Symbol.asyncDispose]();
  }

  #call: AfcCall = (operation, path, header, payload) => {
    const turn = this.#turn.then(async () => {
      const number = this.#number++;
      await sendAfc(this.#channel, { number, operation, header, ...(payload ? { payload } : {}) });
      return checked(await receiveAfc(this.#channel, number), path);
    });
    this.#turn = turn.catch(() => {});
    return turn;
  };
}

type AfcCall = (operation: number, path: string, header: Uint8Array, payload?: Uint8Array) => Promise<AfcReply>;
type HandleCall = (operation: number, header: Uint8Array, payload?: Uint8Array) => Promise<AfcReply>;

/** An open file of the device. */
export class AfcFile implements AsyncDisposable {
  readonly #path: string;
  readonly #handle: bigint;
  readonly #call: HandleCall;
  #closed = false;

  constructor(path: string, handle: bigint, call: HandleCall) {
    this.#path = path;
    this.#handle = handle;
    this.#call = call;
  }

  /** At most `length` bytes from where the last read ended; none at the end. */
  async read(length: number): Promise<Buffer> {
    const { payload } = await this.#call(operations.read, Buffer.concat([u64(this.#handle), u64(length)]));
    if (payload.length > length)
      throw new BackupError('CORRUPT', `the phone gave more of "${this.#path}" than was asked`);
    return payload;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#call(operations.write, u64(this.#handle), bytes);
  }

  /** `false` while somebody else holds the lock. */
  async tryLock(): Promise<boolean> {
    try {
      await this.#lock(lockOperations.lock);
      return true;
    } catch (error) {
      if (error instanceof BackupError && error.context['afc'] === afcStatus.wouldBlock) return false;
      throw error;
    }
  }

  unlock(): Promise<void> {
    return this.#lock(lockOperations.unlock);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#call(operations.close, u64(this.#handle));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close().catch(() => {});
  }

  async #lock(operation: number): Promise<void> {
    await this.#call(operations.lock, Buffer.concat([u64(this.#handle), u64(operation)]));
  }
}

const types: Readonly<Record<string, AfcInfo['type']>> = { S_IFREG: 'file', S_IFDIR: 'dir', S_IFLNK: 'symlink' };

const checked = (reply: AfcReply, path: string): AfcReply => {
  if (reply.operation !== operations.status) return reply;
  const status = reply.header.length >= 8 ? Number(reply.header.readBigUInt64LE(0)) : -1;
  if (status !== 0) throw afcError(status, path);
  return reply;
};

const text = (value: string): Buffer => Buffer.from(`${value}\0`, 'utf8');

const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

const strings = (payload: Buffer): string[] => {
  const parts = payload.toString('utf8').split('\0');
  if (parts.at(-1) === '') parts.pop();
  return parts;
};

const readPairs = (payload: Buffer): Map<string, string> => {
  const parts = strings(payload);
  return new Map(parts.flatMap((key, i) => (i % 2 === 0 ? [[key, parts[i + 1] ?? ''] as const] : [])));
};

/** No file is larger than a number is exact: one that says so has said nothing. */
const sizeIn = (bytes: bigint): number => (bytes <= Number.MAX_SAFE_INTEGER ? Number(bytes) : 0);

const wholeNumber = (digits: string | undefined): bigint => (digits && /^\d{1,19}$/.test(digits) ? BigInt(digits) : 0n);
