import { BackupError, type Clock } from '@triplicate/core';
import {
  asArray,
  asDictionary,
  asNumber,
  asString,
  PlistReal,
  type PlistDictionary,
  type PlistValue,
} from '@triplicate/plist';
import type { ByteChannel } from '../wire/byte-channel.ts';
import { withPatience } from '../wire/patience.ts';
import { PropertyChannel } from '../wire/property-channel.ts';

export const backupService = 'com.apple.mobilebackup2';

/** How both sides write an empty text. */
export const emptyText = '___EmptyParameterString___';
const greetingMs = 30_000;

export type DeviceMessage = readonly PlistValue[];

/** DeviceLink: binary property lists whose first element is the name of the message. */
export class DeviceLink {
  readonly channel: ByteChannel;
  readonly #properties: PropertyChannel;

  private constructor(channel: ByteChannel) {
    this.channel = channel;
    this.#properties = new PropertyChannel(channel, 'binary');
  }

  /** Agrees on the versions: whatever DeviceLink the phone speaks, mobilebackup2 in 2.0 or 2.1. */
  static async open(channel: ByteChannel, clock: Clock): Promise<DeviceLink> {
    const link = new DeviceLink(channel);
    try {
      await withPatience(link.#greet(), { clock, ms: greetingMs, what: 'greeting of the backup service' });
      return link;
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  send(...message: readonly PlistValue[]): Promise<void> {
    return this.#properties.send(message);
  }

  /** UNAVAILABLE when the phone ends the conversation, politely or not. */
  async receive(): Promise<DeviceMessage> {
    const message = asArray(await this.#properties.receive());
    if (message === undefined || asString(message[0]) === undefined)
      throw new BackupError('CORRUPT', 'the phone sent something else than a message of its backup service');
    if (message[0] === 'DLMessageDisconnect')
      throw new BackupError('UNAVAILABLE', 'the phone ended the conversation', {
        hint: 'unlock it, restart it if need be, and try again',
      });
    return message;
  }

  request(name: string, udid: string, extra: Readonly<Record<string, PlistValue>>): Promise<void> {
    return this.process({ MessageName: name, TargetIdentifier: udid, SourceIdentifier: udid, ...extra });
  }

  process(message: PlistDictionary): Promise<void> {
    return this.send('DLMessageProcessMessage', message);
  }

  /** The answer to a verb on files; `text` says what went wrong. */
  status(code: number, text: string = emptyText, payload: PlistValue = {}): Promise<void> {
    return this.send('DLMessageStatusResponse', code, text, payload);
  }

  /** Says goodbye; never fails, the phone may be gone. */
  async end(): Promise<void> {
    try {
      await this.send('DLMessageDisconnect', emptyText);
    } catch {
      // Nobody to say it to.
    }
    this.channel.close();
  }

  async #greet(): Promise<void> {
    const offer = await this.receive();
    const version = asNumber(offer[1]);
    if (offer[0] !== 'DLMessageVersionExchange' || version === undefined) throw unexpected(offer);
    await this.send('DLMessageVersionExchange', 'DLVersionsOk', version);
    const ready = await this.receive();
    if (ready[0] !== 'DLMessageDeviceReady') throw unexpected(ready);
    await this.process({ MessageName: 'Hello', SupportedProtocolVersions: [new PlistReal(2, 4), new PlistReal(2.1)] });
    const hello = asDictionary((await this.receive())[1]);
    if (asString(hello?.['MessageName']) !== 'Response' || asNumber(hello?.['ErrorCode']) !== 0)
      throw new BackupError('UNSUPPORTED', 'the phone speaks another version of the backup protocol', {
        hint: 'update Triplicate',
      });
  }
}

const unexpected = (message: DeviceMessage): BackupError =>
  new BackupError('CORRUPT', `the phone began its backup service with "${asString(message[0]) ?? ''}"`);
