import { BackupError, isBackupError, sleepFor } from '@triplicate/core';
import { asData, asString, type PlistDictionary } from '@triplicate/plist';
import type { AttachedDevice } from '../mux/attached.ts';
import type { MuxClient } from '../mux/mux-client.ts';
import type { LockdownClient, LockdownOptions } from './lockdown-client.ts';
import { createPairRecord, encodePairRecord, publicPart, type PairRecord, readPairRecord } from './pair-record.ts';

export interface PairingOptions extends LockdownOptions {
  readonly mux: MuxClient;
  readonly device: AttachedDevice;
  /** A sentence for the screen while a person has to do something on the device. */
  readonly waiting: (what: string | undefined) => void;
}

const askAgainMs = 1000;
/** How long a person may take to unlock the device and to tap Trust. */
const patienceMs = 3 * 60_000;

/** Pairs this computer with the device, walking a person through its questions, and gives the record to the daemon to keep. */
export const pair = async (lockdown: LockdownClient, options: PairingOptions): Promise<PairRecord> => {
  const { mux, device, signal, clock, label } = options;
  const publicKey = asData(await lockdown.value(undefined, 'DevicePublicKey'));
  if (publicKey === undefined) throw new BackupError('CORRUPT', `${label} has no public key to pair with`);
  const record = await createPairRecord({
    devicePublicKey: publicKey,
    wifiAddress: asString(await lockdown.value(undefined, 'WiFiAddress')),
    systemId: await mux.systemId({ signal }),
    now: clock.now(),
  });
  const reply = await askUntilAnswered(lockdown, record, options);
  const encoded = encodePairRecord(record, asData(reply['EscrowBag']));
  await mux.savePairRecord(device, encoded, { signal });
  return readPairRecord(encoded);
};

/** Makes both sides forget the pairing. */
export const unpair = async (
  lockdown: LockdownClient,
  record: PairRecord,
  { mux, device, signal }: PairingOptions,
): Promise<void> => {
  await lockdown.request('Unpair', { PairRecord: publicPart(record.raw) });
  await mux.deletePairRecord(device, { signal });
};

const askUntilAnswered = async (
  lockdown: LockdownClient,
  record: PlistDictionary,
  options: PairingOptions,
): Promise<PlistDictionary> => {
  const { clock, signal, waiting, label } = options;
  const deadline = clock.now().getTime() + patienceMs;
  let asked: string | undefined;
  try {
    for (;;) {
      try {
        return await lockdown.request('Pair', {
          PairRecord: publicPart(record),
          PairingOptions: { ExtendedPairingErrors: true },
        });
      } catch (error) {
        const word = isBackupError(error) ? error.context['lockdown'] : undefined;
        const question = typeof word === 'string' && Object.hasOwn(questions, word) ? questions[word] : undefined;
        if (question === undefined || clock.now().getTime() >= deadline) throw error;
        if (question !== asked) waiting(`${question} ${label}`);
        asked = question;
      }
      await sleepFor(clock, askAgainMs, signal);
    }
  } finally {
    waiting(undefined);
  }
};

const questions: Readonly<Record<string, string>> = {
  PairingDialogResponsePending: 'tap Trust and enter the passcode on',
  PasswordProtected: 'unlock',
};
