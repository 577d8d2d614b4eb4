import { BackupError } from '@triplicate/core';
import { parsePlist, PlistError, type PlistValue, writeBinaryPlist, writeXmlPlist } from '@triplicate/plist';
import type { ByteChannel } from './byte-channel.ts';

/** The longest message: lists of paths for a phone with millions of files stay below it. */
const longestMessage = 128 * 1024 * 1024;

const hint = 'unplug it, restart it and try again';

/** Messages that are property lists behind a big-endian length of 32 bits: lockdown, most services, DeviceLink. */
export class PropertyChannel implements AsyncDisposable {
  readonly channel: ByteChannel;
  readonly #format: 'xml' | 'binary';

  constructor(channel: ByteChannel, format: 'xml' | 'binary' = 'xml') {
    this.channel = channel;
    this.#format = format;
  }

  async send(message: PlistValue): Promise<void> {
    const body = this.#format === 'xml' ? writeXmlPlist(message) : writeBinaryPlist(message);
    this.channel.tap?.('sent', message);
    await this.channel.write(frame(body.length), body);
  }

  async receive(): Promise<PlistValue> {
    const message = await this.receiveOrEnd();
    return message === undefined ? parse(await this.channel.read(1)) : message;
  }

  /** The next message, `undefined` when the other side ended the connection between two messages. */
  async receiveOrEnd(): Promise<PlistValue | undefined> {
    const head = await this.channel.readOrEnd(4);
    if (head === undefined) return undefined;
    const length = head.readUInt32BE(0);
    if (length > longestMessage)
      throw new BackupError('CORRUPT', `the phone announced a message of ${length} bytes`, {
        hint,
      });
    const message = parse(await this.channel.read(length));
    this.channel.tap?.('received', message);
    return message;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.channel[Symbol.asyncDispose]();
  }
}

export const frame = (length: number): Buffer => {
  const head = Buffer.allocUnsafe(4);
  head.writeUInt32BE(length, 0);
  return head;
};

const parse = (bytes: Buffer): PlistValue => {
  try {
    return parsePlist(bytes);
  } catch (error) {
    if (!(error instanceof PlistError)) throw error;
    throw new BackupError('CORRUPT', `the phone sent a message that cannot be read: ${error.message}`, {
      cause: error,
      hint,
    });
  }
};
