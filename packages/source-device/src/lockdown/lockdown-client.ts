import { BackupError, type Clock, isBackupError } from '@triplicate/core';
import { asBoolean, asDictionary, asNumber, asString, type PlistDictionary, type PlistValue } from '@triplicate/plist';
import type { ByteChannel } from '../wire/byte-channel.ts';
import { withPatience } from '../wire/patience.ts';
import { PropertyChannel } from '../wire/property-channel.ts';
import { lockdownError } from './lockdown-error.ts';
import type { PairRecord } from './pair-record.ts';
import { secure } from './secure.ts';

export const lockdownPort = 62078;
const answerMs = 10_000;

export interface LockdownOptions {
  readonly label: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface ServiceAddress {
  readonly port: number;
  readonly encrypted: boolean;
}

/** One conversation with lockdownd. Requests are made one after the other. */
export class LockdownClient implements AsyncDisposable {
  /** How sentences name the device. */
  label: string;
  #properties: PropertyChannel;
  #session: string | undefined;
  readonly #options: LockdownOptions;

  constructor(channel: ByteChannel, options: LockdownOptions) {
    this.#properties = new PropertyChannel(channel);
    this.#options = options;
    this.label = options.label;
  }

  /** `com.apple.mobile.lockdown` on a device that runs, `…restored` on one in recovery. */
  async type(): Promise<string | undefined> {
    return asString((await this.request('QueryType', {}))['Type']);
  }

  /** `undefined` where the device has no such value. */
  async value(domain: string | undefined, key?: string): Promise<PlistValue | undefined> {
    try {
      const reply = await this.request('GetValue', {
        ...(domain === undefined ? {} : { Domain: domain }),
        ...(key === undefined ? {} : { Key: key }),
      });
      return reply['Value'];
    } catch (error) {
      if (isBackupError(error) && error.context['lockdown'] === 'MissingValue') return undefined;
      throw error;
    }
  }

  async setValue(domain: string, key: string, value: PlistValue): Promise<void> {
    await this.request('SetValue', { Domain: domain, Key: key, Value: value });
  }

  /** Identifies this computer; encrypts the conversation where the device wants it. */
  async startSession(record: PairRecord, legacy: boolean): Promise<void> {
    const reply = await this.request('StartSession', { HostID: record.hostId, SystemBUID: record.systemId });
    this.#session = asString(reply['SessionID']);
    if (asBoolean(reply['EnableSessionSSL']) !== true) return;
    this.#properties = new PropertyChannel(
      await secure(this.#properties.channel, { record, legacy, ...this.#options, label: this.label }),
    );
  }

  async startService(name: string, escrowBag?: Buffer): Promise<ServiceAddress> {
    const reply = await this.request('StartService', {
      Service: name,
      ...(escrowBag === undefined ? {} : { EscrowBag: escrowBag }),
    });
    const port = asNumber(reply['Port']);
    if (port === undefined || !(port > 0 && port < 65536))
      throw new BackupError('CORRUPT', `${this.label} gave no port for ${name}`);
    return { port, encrypted: asBoolean(reply['EnableServiceSSL']) === true };
  }

  async stopSession(): Promise<void> {
    if (this.#session === undefined) return;
    const session = this.#session;
    this.#session = undefined;
    await this.request('StopSession', { SessionID: session });
  }

  /** Rejects with the sentence for `Error` when the device refuses; `context.lockdown` is its own word. */
  async request(name: string, extra: Readonly<Record<string, PlistValue>>): Promise<PlistDictionary> {
    const { label } = this;
    const { clock } = this.#options;
    await this.#properties.send({ Label: 'triplicate', ProtocolVersion: '2', Request: name, ...extra });
    // An answer that comes too late would be taken for that to the next request.
    const giveUp = (): void => this.#properties.channel.close();
    const what = `answer from ${label} to ${name}`;
    const reply = asDictionary(await withPatience(this.#properties.receive(), { clock, ms: answerMs, what, giveUp }));
    if (reply === undefined)
      throw new BackupError('CORRUPT', `${label} answered ${name} with something else than a dictionary`);
    const refusal = asString(reply['Error']) ?? (asString(reply['Result']) === 'Failure' ? 'Failure' : undefined);
    if (refusal !== undefined) throw lockdownError(refusal, label, name);
    return reply;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#properties[Symbol.asyncDispose]();
  }
}
