import { BackupError, throwIfAborted, toBackupError } from '@triplicate/core';

const timeLimitMs = 15_000;
const tries = 3;

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Three tries; what a server refuses for good is not sent again. UNAVAILABLE without the address, which is a secret. */
export const postUntilTaken = async (
  what: string,
  { url, headers, body }: Post,
  signal: AbortSignal,
): Promise<void> => {
  let last = '';
  for (let tried = 0; tried < tries; tried += 1) {
    throwIfAborted(signal);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeLimitMs)]),
      });
      await response.body?.cancel();
      if (response.ok) return;
      last = `it answered ${response.status}`;
      if (response.status < 500 && response.status !== 429) break;
    } catch (error) {
      throwIfAborted(signal);
      last = error instanceof TypeError ? causeOf(error) : toBackupError(error).message;
    }
  }
  throw new BackupError('UNAVAILABLE', `the ${what} was not told: ${last}`);
};

/** `fetch failed` says nothing; its cause does. */
const causeOf = (error: TypeError): string => toBackupError(error.cause ?? error).message;
