import { BackupError } from '@triplicate/core';
import { asDictionary, parsePlist, PlistError, type PlistDictionary, writeXmlPlist } from '@triplicate/plist';
import type { ByteChannel } from '../wire/byte-channel.ts';

const headLength = 16;
const plistVersion = 1;
const plistMessage = 8;
/** A list of devices or a pair record; the real ones are a few kilobytes. */
const longestPacket = 8 * 1024 * 1024;
const hint = 'restart it (usbmuxd, iTunes or the Apple Devices app) and try again';

export interface MuxMessage {
  readonly tag: number;
  readonly body: PlistDictionary;
}

export const sendMux = async (channel: ByteChannel, { tag, body }: MuxMessage): Promise<void> => {
  const payload = writeXmlPlist(body);
  const head = Buffer.alloc(headLength);
  head.writeUInt32LE(headLength + payload.length, 0);
  head.writeUInt32LE(plistVersion, 4);
  head.writeUInt32LE(plistMessage, 8);
  head.writeUInt32LE(tag, 12);
  await channel.write(head, payload);
};

/** The next message; `undefined` when the daemon ended the connection. */
export const receiveMux = async (channel: ByteChannel): Promise<MuxMessage | undefined> => {
  const head = await channel.readOrEnd(headLength);
  if (head === undefined) return undefined;
  const length = head.readUInt32LE(0);
  if (length < headLength || length > longestPacket)
    throw new BackupError('CORRUPT', `the device daemon announced a packet of ${length} bytes`, { hint });
  const payload = await channel.read(length - headLength);
  if (head.readUInt32LE(8) !== plistMessage)
    throw new BackupError('UNSUPPORTED', 'the device daemon speaks a protocol without property lists', {
      hint: 'update usbmuxd, iTunes or the Apple Devices app',
    });
  return { tag: head.readUInt32LE(12), body: parse(payload) };
};

const parse = (payload: Buffer): PlistDictionary => {
  try {
    const body = asDictionary(parsePlist(payload));
    if (body) return body;
  } catch (error) {
    if (!(error instanceof PlistError)) throw error;
  }
  throw new BackupError('CORRUPT', 'the device daemon sent a message that cannot be read', { hint });
};
