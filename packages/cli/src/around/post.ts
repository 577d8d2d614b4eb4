import { BackupError, sleepFor, throwIfAborted, toBackupError, type Clock } from '@triplicate/core';

const timeLimitMs = 15_000;
/** Between the tries: what is overloaded needs a moment. */
const pausesMs = [1000, 5000];

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** To be told twice does no harm. */
  readonly repeatable?: boolean;
}

export interface PostOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Three tries; what a server refuses for good is not sent again, nor what it may have taken before the connection broke. UNAVAILABLE without
 * the address, which is a secret; `context.sent` when it may have arrived.
 */
export const postUntilTaken = async (
  what: string,
  { url, headers, body, repeatable = false }: Post,
  { clock, signal }: PostOptions,
): Promise<void> => {
  let last = '';
  for (let tried = 0; ; tried += 1) {
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
      const cause = error instanceof TypeError ? (error.cause ?? error) : error;
      // `fetch failed` says nothing; its cause does.
      last = toBackupError(cause).message;
      if (!repeatable && mayHaveArrived(cause))
        throw new BackupError('UNAVAILABLE', `the ${what} may have been told, and is not told twice: ${last}`, {
          context: { sent: true },
        });
    }
    const pause = pausesMs[tried];
    if (pause === undefined) break;
    await sleepFor(clock, pause, signal);
  }
  throw new BackupError('UNAVAILABLE', `the ${what} was not told: ${last}`);
};

const beforeSending: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Unless no connection came about at all. */
const mayHaveArrived = (cause: unknown): boolean => {
  const { code = '' } = (cause ?? {}) as { readonly code?: string };
  return !beforeSending.has(code) && !/CERT|TLS|SSL|SIGNED|INVALID_URL/.test(code);
};
