import { BackupError, type Clock } from '@triplicate/core';
import { asDictionary, asNumber, asString, type PlistDictionary } from '@triplicate/plist';
import { type BackupRequest, backupError } from './error-codes.ts';
import type { FileVerbs } from './file-verbs.ts';
import { watchSilence } from '../wire/watch-silence.ts';

export interface PerformOptions {
  readonly request: BackupRequest;
  readonly name: string;
  readonly clock: Clock;
  readonly waiting: (what: string | undefined) => void;
}

/**
 * Serves the phone until it answers the request that was sent. Resolves when it answered with 0; rejects with our own failure where there
 * was one (a file that could not be read for a restore is one), else with the sentence for its ErrorCode. Phones are silent for minutes while they look through their files: a person is told,
 * and it goes on. The end of the connection ends the wait, and so does an hour of silence.
 */
export const perform = async (verbs: FileVerbs, options: PerformOptions): Promise<PlistDictionary> => {
  const watching = new AbortController();
  const watch = watchSilence(verbs.options.link.channel, options, watching.signal).catch(() => undefined);
  try {
    return await serve(verbs, options);
  } finally {
    watching.abort();
    await watch;
  }
};

/** What a phone says of a file that it did not get is an input/output error; the fault is on this side. */
const notGiven = (cause: BackupError, name: string): BackupError =>
  new BackupError(cause.code, `a file of the backup could not be given to ${name}: ${cause.message}`, {
    hint: 'run `triplicate heal`, or restore an older snapshot',
    cause,
  });

const serve = async (verbs: FileVerbs, { request, name }: PerformOptions): Promise<PlistDictionary> => {
  for (;;) {
    const message = await verbs.options.link.receive();
    if (await verbs.handle(message)) continue;
    const answer = asDictionary(message[1]) ?? {};
    if (asString(answer['MessageName']) !== 'Response') continue;
    if (verbs.failure) throw verbs.failure;
    if (request === 'Restore' && verbs.unserved) throw notGiven(verbs.unserved, name);
    const errorCode = asNumber(answer['ErrorCode']) ?? -1;
    if (errorCode === 0) return answer;
    throw backupError(errorCode, name, { request, description: asString(answer['ErrorDescription']) });
  }
};
