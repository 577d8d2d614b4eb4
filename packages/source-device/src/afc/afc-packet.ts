import { BackupError, type ErrorCode } from '@triplicate/core';
import type { ByteChannel } from '../wire/byte-channel.ts';

const magic = Buffer.from('CFA6LPAA', 'latin1');
const headLength = 40;
/** Replies hold at most what one read asked for. */
const longestReply = 16 * 1024 * 1024;

export const operations = {
  status: 0x01,
  data: 0x02,
  readDirectory: 0x03,
  removePath: 0x08,
  makeDirectory: 0x09,
  fileInfo: 0x0a,
  deviceInfo: 0x0b,
  open: 0x0d,
  opened: 0x0e,
  read: 0x0f,
  write: 0x10,
  seek: 0x11,
  close: 0x14,
  rename: 0x18,
  lock: 0x1b,
  setModified: 0x1e,
  removeAll: 0x22,
} as const;

export interface AfcReply {
  readonly operation: number;
  readonly header: Buffer;
  readonly payload: Buffer;
}

export interface AfcRequest {
  readonly number: number;
  readonly operation: number;
  readonly header?: Uint8Array;
  readonly payload?: Uint8Array;
}

export const sendAfc = async (channel: ByteChannel, request: AfcRequest): Promise<void> => {
  const { number, operation, header = Buffer.alloc(0), payload = Buffer.alloc(0) } = request;
  const head = Buffer.alloc(headLength);
  magic.copy(head);
  head.writeBigUInt64LE(BigInt(headLength + header.byteLength + payload.byteLength), 8);
  head.writeBigUInt64LE(BigInt(headLength + header.byteLength), 16);
  head.writeBigUInt64LE(BigInt(number), 24);
  head.writeBigUInt64LE(BigInt(operation), 32);
  await channel.write(head, header, payload);
};

export const receiveAfc = async (channel: ByteChannel, number: number): Promise<AfcReply> => {
  const head = await channel.read(headLength);
  const whole = Number(head.readBigUInt64LE(8));
  const own = Number(head.readBigUInt64LE(16));
  const sane = head.subarray(0, 8).equals(magic) && own >= headLength && whole >= own && whole <= longestReply;
  if (!sane || Number(head.readBigUInt64LE(24)) !== number)
    throw new BackupError('CORRUPT', 'the phone sent an answer about its files that cannot be read');
  const header = await channel.read(own - headLength);
  const payload = await channel.read(whole - own);
  return { operation: Number(head.readBigUInt64LE(32)), header, payload };
};

export const afcStatus = { notFound: 8, wouldBlock: 19, endOfData: 14, exists: 16 } as const;

const meanings: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  7: ['IO', 'invalid argument'],
  8: ['NOT_FOUND', 'no such file or folder'],
  9: ['IO', 'is a folder'],
  10: ['UNREADABLE', 'permission denied'],
  15: ['UNSUPPORTED', 'not supported'],
  16: ['ALREADY_EXISTS', 'exists already'],
  17: ['UNAVAILABLE', 'busy'],
  18: ['QUOTA_EXCEEDED', 'no space left on the phone'],
  19: ['UNAVAILABLE', 'in use'],
  20: ['UNREADABLE', 'input/output error on the phone'],
  33: ['IO', 'the folder is not empty'],
};

/** Error for a status other than 0; `context.afc` holds the number. */
export const afcError = (status: number, path: string): BackupError => {
  const [code, words] = meanings[status] ?? ['IO', `the phone answered with status ${status}`];
  return new BackupError(code, `"${path}": ${words}`, { context: { afc: status } });
};
