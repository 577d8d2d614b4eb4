import { type Clock, sleepFor } from '@triplicate/core';
import { asDictionary, asNumber, asString, type PlistDictionary } from '@triplicate/plist';
import type { DeviceMessage } from './device-link.ts';
import { type BackupRequest, backupError } from './error-codes.ts';
import type { FileVerbs } from './file-verbs.ts';

const silentMs = 4 * 60_000;

export interface PerformOptions {
  readonly request: BackupRequest;
  readonly name: string;
  readonly clock: Clock;
  readonly waiting: (what: string | undefined) => void;
}

/**
 * Serves the phone until it answers the request that was sent. Resolves when it answered with 0; rejects with our own failure where there
 * was one, else with the sentence for its ErrorCode. There is no time limit: phones are silent for minutes while they look through their
 * files. The end of the connection ends the wait.
 */
export const perform = async (verbs: FileVerbs, options: PerformOptions): Promise<PlistDictionary> => {
  for (;;) {
    const message = await receivePatiently(verbs, options);
    if (await verbs.handle(message)) continue;
    const answer = asDictionary(message[1]) ?? {};
    if (asString(answer['MessageName']) !== 'Response') continue;
    if (verbs.failure) throw verbs.failure;
    const errorCode = asNumber(answer['ErrorCode']) ?? -1;
    if (errorCode === 0) return answer;
    throw backupError(errorCode, options.name, {
      request: options.request,
      description: asString(answer['ErrorDescription']),
    });
  }
};

/** Tells a person when nothing was heard for minutes. */
const receivePatiently = async (verbs: FileVerbs, { clock, waiting, name }: PerformOptions): Promise<DeviceMessage> => {
  const timer = new AbortController();
  let told = false;
  const tell = sleepFor(clock, silentMs, timer.signal).then(
    () => {
      told = true;
      waiting(`${name} has been silent for ${silentMs / 60_000} minutes; it may be busy, or wait for its passcode`);
    },
    () => {},
  );
  try {
    return await verbs.options.link.receive();
  } finally {
    timer.abort();
    await tell;
    if (told) waiting(undefined);
  }
};
