import { BackupError, type Clock, isBackupError, printable } from '@triplicate/core';
import { asString, type PlistValue } from '@triplicate/plist';
import { backupService } from './backup/device-link.ts';
import { LockdownClient, lockdownPort, type ServiceAddress } from './lockdown/lockdown-client.ts';
import { type PairRecord, readPairRecord } from './lockdown/pair-record.ts';
import { secure } from './lockdown/secure.ts';
import type { AttachedDevice } from './mux/attached.ts';
import type { MuxClient } from './mux/mux-client.ts';
import { heartbeatService } from './services/heartbeat.ts';
import { notificationProxy } from './services/notification-proxy.ts';
import type { Transcript } from './record/transcript.ts';
import { ByteChannel } from './wire/byte-channel.ts';
import { dial } from './wire/dial.ts';
import { answerMs, watchSilence } from './wire/watch-silence.ts';

export interface PhoneOptions {
  readonly mux: MuxClient;
  readonly device: AttachedDevice;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Notes what is said. */
  readonly transcript?: Transcript | undefined;
}

/** A device that knows this computer: its values and its services. */
export class Phone implements AsyncDisposable {
  /** What its owner calls it. */
  readonly name: string;
  readonly version: string;
  readonly device: AttachedDevice;
  readonly record: PairRecord;
  #lockdown: LockdownClient;
  readonly #options: PhoneOptions;

  private constructor(lockdown: LockdownClient, record: PairRecord, version: string, options: PhoneOptions) {
    this.#lockdown = lockdown;
    this.#options = options;
    this.record = record;
    this.device = options.device;
    this.name = lockdown.label;
    this.version = version;
  }

  /** AUTH when this computer is not paired with the device, was forgotten by it, or keeps a record of it that is not whole. */
  static async open(options: PhoneOptions): Promise<Phone> {
    const { mux, device, signal } = options;
    const stored = await mux.readPairRecord(device, { signal });
    const lockdown = await openLockdown(options);
    try {
      lockdown.label = printable(asString(await lockdown.value(undefined, 'DeviceName')) || device.udid);
      if (stored === undefined)
        throw new BackupError('AUTH', `${lockdown.label} and this computer do not know each other yet`, {
          hint: 'unlock it and pair: triplicate devices pair',
          context: { udid: device.udid },
        });
      const version = asString(await lockdown.value(undefined, 'ProductVersion')) ?? '';
      const record = readPairRecord(stored);
      await lockdown.startSession(record, isLegacy(version));
      return new Phone(lockdown, record, version, options);
    } catch (error) {
      await lockdown[Symbol.asyncDispose]();
      throw error;
    }
  }

  value(domain: string | undefined, key?: string): Promise<PlistValue | undefined> {
    return this.#ask((lockdown) => lockdown.value(domain, key));
  }

  setValue(domain: string, key: string, value: PlistValue): Promise<void> {
    return this.#ask((lockdown) => lockdown.setValue(domain, key, value));
  }

  /** `escrow` lets the service run while the screen is locked. */
  async startService(name: string, { escrow = false, signal = this.#options.signal } = {}): Promise<ByteChannel> {
    const bag = escrow ? this.record.escrowBag : undefined;
    const address = await this.#ask((lockdown) => lockdown.startService(name, bag));
    const identity = { label: this.name, record: this.record, legacy: isLegacy(this.version) };
    const channel = await openService(address, { ...this.#options, signal }, identity);
    channel.tap = this.#options.transcript?.tap(name);
    if (!mayBeSilent.has(name))
      watchSilence(channel, { clock: this.#options.clock, name: this.name, longestMs: answerMs }, channel.ended).catch(
        () => undefined,
      );
    return channel;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#lockdown.stopSession();
    } catch {
      // It is gone already, and so is the session.
    } finally {
      await this.#lockdown[Symbol.asyncDispose]();
    }
  }

  /** lockdownd ends conversations that were idle, e.g. while a person looked for the passcode: a new one is begun then, once. */
  async #ask<T>(request: (lockdown: LockdownClient) => Promise<T>): Promise<T> {
    try {
      return await request(this.#lockdown);
    } catch (error) {
      if (!isBackupError(error) || !isOver(error)) throw error;
    }
    await this.#lockdown[Symbol.asyncDispose]();
    this.#lockdown = await openLockdown(this.#options);
    this.#lockdown.label = this.name;
    await this.#lockdown.startSession(this.record, isLegacy(this.version));
    return request(this.#lockdown);
  }
}

/** Services that speak when they have something to say; whoever uses them watches over that. */
const mayBeSilent: ReadonlySet<string> = new Set([backupService, heartbeatService, notificationProxy]);

const isOver = ({ code, context }: BackupError): boolean =>
  code === 'UNAVAILABLE' && (context['ended'] === true || context['lockdown'] === 'SessionInactive');

/** A conversation with lockdownd of a device that need not be paired. */
export const openLockdown = async (options: PhoneOptions): Promise<LockdownClient> => {
  const { device, clock, signal } = options;
  const label = `device ${device.udid}`;
  const channel = await connectPort(options, lockdownPort, label);
  channel.tap = options.transcript?.tap('lockdown');
  return new LockdownClient(channel, { label, clock, signal });
};

const isLegacy = (version: string): boolean => Number.parseInt(version, 10) < 10;

interface Identity {
  readonly label: string;
  readonly record: PairRecord;
  readonly legacy: boolean;
}

const openService = async (
  { port, encrypted }: ServiceAddress,
  options: PhoneOptions,
  identity: Identity,
): Promise<ByteChannel> => {
  const channel = await connectPort(options, port, identity.label);
  return encrypted ? secure(channel, { ...identity, clock: options.clock, signal: options.signal }) : channel;
};

/** Through the daemon; straight to the device where the daemon only knows its address (as Linux daemons do with Wi-Fi). */
const connectPort = async (
  { mux, device, signal }: PhoneOptions,
  port: number,
  label: string,
): Promise<ByteChannel> => {
  try {
    return await mux.connect(device.id, port, { signal, label });
  } catch (error) {
    const direct = device.connection === 'network' ? device.address : undefined;
    if (direct === undefined || !isBackupError(error) || error.context['request'] !== 'Connect') throw error;
    return new ByteChannel(await dial({ host: direct, port }, signal), label, signal);
  }
};
