import { BackupError, type Clock, isBackupError, systemClock } from '@triplicate/core';
import { asArray, asData, asNumber, asString, type PlistDictionary, type PlistValue } from '@triplicate/plist';
import { ByteChannel } from '../wire/byte-channel.ts';
import { dial, type Endpoint, endpointLabel } from '../wire/dial.ts';
import { withPatience } from '../wire/patience.ts';
import { type AttachedDevice, readAttached } from './attached.ts';
import { receiveMux, sendMux } from './mux-message.ts';

const daemonName = 'the device daemon';
const requestTag = 1;
const answerMs = 30_000;

export type MuxEvent =
  | { readonly type: 'attached'; readonly device: AttachedDevice }
  | { readonly type: 'detached' | 'paired'; readonly id: number };

interface MuxCall {
  readonly signal: AbortSignal;
}

/** usbmuxd and its likes. Every call opens a connection of its own, as Apple's library does. */
export class MuxClient {
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;

  constructor(endpoint: Endpoint, clock: Clock = systemClock) {
    this.#endpoint = endpoint;
    this.#clock = clock;
  }

  async devices({ signal }: MuxCall): Promise<readonly AttachedDevice[]> {
    const { body } = await this.#ask('ListDevices', {}, signal);
    return (asArray(body['DeviceList']) ?? []).flatMap((entry) => readAttached(entry) ?? []);
  }

  /** The devices that are there, then every arrival and departure, until the signal fires (ABORTED) or the daemon goes (UNAVAILABLE). */
  async *listen({ signal }: MuxCall): AsyncGenerator<MuxEvent> {
    await using channel = await this.#open(signal);
    await sendMux(channel, { tag: requestTag, body: request('Listen', {}) });
    for (;;) {
      const message = await receiveMux(channel);
      if (message === undefined) throw new BackupError('UNAVAILABLE', `${daemonName} ended the connection`);
      const type = asString(message.body['MessageType']);
      if (type === 'Result') checkResult(message.body, 'Listen');
      const event = readEvent(type, message.body);
      if (event) yield event;
    }
  }

  /** A connection to a port of the device. UNAVAILABLE when it has left or refuses. */
  async connect(
    deviceId: number,
    port: number,
    { signal, label }: MuxCall & { readonly label: string },
  ): Promise<ByteChannel> {
    const socket = await this.#dial(signal);
    const channel = new ByteChannel(socket, label, signal);
    try {
      const swapped = ((port & 0xff) << 8) | (port >> 8);
      await sendMux(channel, {
        tag: requestTag,
        body: request('Connect', { DeviceID: deviceId, PortNumber: swapped }),
      });
      const reply = await this.#patiently(receiveMux(channel), channel);
      if (reply === undefined) throw new BackupError('UNAVAILABLE', `${daemonName} ended the connection`);
      checkResult(reply.body, 'Connect');
      return channel;
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  async systemId({ signal }: MuxCall): Promise<string> {
    const { body } = await this.#ask('ReadBUID', {}, signal);
    const id = asString(body['BUID']);
    if (id === undefined) throw new BackupError('CORRUPT', `${daemonName} has no identifier of this computer`);
    return id;
  }

  /** The pair record as the daemon keeps it; `undefined` when this computer was never paired with the device. */
  async readPairRecord({ serial }: AttachedDevice, { signal }: MuxCall): Promise<Buffer | undefined> {
    try {
      const { body } = await this.#ask('ReadPairRecord', { PairRecordID: serial }, signal);
      return asData(body['PairRecordData']);
    } catch (error) {
      if (isBackupError(error) && error.context['result'] === noSuchRecord) return undefined;
      throw error;
    }
  }

  async savePairRecord(device: AttachedDevice, record: Uint8Array, { signal }: MuxCall): Promise<void> {
    const extra = { PairRecordID: device.serial, PairRecordData: record, DeviceID: device.id };
    await this.#ask('SavePairRecord', extra, signal);
  }

  async deletePairRecord({ serial }: AttachedDevice, { signal }: MuxCall): Promise<void> {
    await this.#ask('DeletePairRecord', { PairRecordID: serial }, signal);
  }

  async #ask(type: string, extra: Record<string, PlistValue>, signal: AbortSignal): Promise<{ body: PlistDictionary }> {
    await using channel = await this.#open(signal);
    await sendMux(channel, { tag: requestTag, body: request(type, extra) });
    for (;;) {
      const reply = await this.#patiently(receiveMux(channel), channel);
      if (reply === undefined) throw new BackupError('UNAVAILABLE', `${daemonName} did not answer`);
      // Events carry tag 0 and may come between.
      if (reply.tag !== requestTag) continue;
      if (asString(reply.body['MessageType']) === 'Result') checkResult(reply.body, type);
      return reply;
    }
  }

  /** A daemon answers at once; one that hangs must not keep a schedule for ever. */
  #patiently<T>(answer: Promise<T>, channel: ByteChannel): Promise<T> {
    const giveUp = (): void => channel.close();
    return withPatience(answer, { clock: this.#clock, ms: answerMs, what: `answer of ${daemonName}`, giveUp });
  }

  async #open(signal: AbortSignal): Promise<ByteChannel> {
    return new ByteChannel(await this.#dial(signal), daemonName, signal);
  }

  async #dial(signal: AbortSignal): ReturnType<typeof dial> {
    try {
      return await dial(this.#endpoint, signal);
    } catch (error) {
      if (!isBackupError(error, 'UNAVAILABLE')) throw error;
      throw new BackupError('UNAVAILABLE', `no device daemon at ${endpointLabel(this.#endpoint)}`, {
        hint: 'install usbmuxd (Linux) or the Apple Devices app (Windows), or set USBMUXD_SOCKET_ADDRESS',
        cause: error,
      });
    }
  }
}

/** ENOENT: the answers about pair records are numbers of errno. */
const noSuchRecord = 2;

const request = (type: string, extra: Record<string, PlistValue>): PlistDictionary => ({
  MessageType: type,
  ClientVersionString: 'triplicate',
  ProgName: 'triplicate',
  BundleID: 'triplicate',
  kLibUSBMuxVersion: 3,
  ...extra,
});

const checkResult = (body: PlistDictionary, type: string): void => {
  const result = asNumber(body['Number']) ?? -1;
  if (result === 0) return;
  const context = { result, request: type };
  if (type === 'Connect' && result === 2)
    throw new BackupError('UNAVAILABLE', 'the device is gone', { context, hint: 'plug it in again' });
  if (type === 'Connect' && result === 3)
    throw new BackupError('UNAVAILABLE', 'the device refused the connection', {
      context,
      hint: 'unlock it and try again',
    });
  throw new BackupError('UNAVAILABLE', `the device daemon answered ${type} with ${result}`, { context });
};

const readEvent = (type: string | undefined, body: PlistDictionary): MuxEvent | undefined => {
  if (type === 'Attached') {
    const device = readAttached(body);
    return device && { type: 'attached', device };
  }
  const id = asNumber(body['DeviceID']);
  if (id === undefined || (type !== 'Detached' && type !== 'Paired')) return undefined;
  return { type: type === 'Detached' ? 'detached' : 'paired', id };
};
