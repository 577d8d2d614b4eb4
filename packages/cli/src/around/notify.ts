import { BackupError, throwIfAborted, toBackupError, type Notification, type NotifyEvent } from '@triplicate/core';

/** What is told about a run. Holds no secret. */
export interface RunNews {
  readonly pipeline: string;
  readonly event: NotifyEvent;
  readonly host: string;
  readonly started: string;
  readonly ended: string;
  /** One sentence, for services that show text. */
  readonly text: string;
  readonly snapshots: readonly { readonly source: string; readonly id: string }[];
  readonly outcomes: readonly {
    readonly source: string;
    readonly destination: string;
    readonly status: string;
    readonly message?: string;
  }[];
  readonly error?: { readonly code: string; readonly message: string };
}

export interface NotifyOptions {
  /** The address behind the notification's reference. */
  readonly address: (notification: Notification) => Promise<string>;
  readonly signal: AbortSignal;
}

const timeLimitMs = 15_000;
const tries = 3;

/** Whether somebody wants to know of one of these events. */
export const wants = ({ on }: Notification, events: readonly NotifyEvent[]): boolean =>
  on.some((event) => events.includes(event));

/** Posts the news as JSON. UNAVAILABLE when it was not taken in three tries; the message does not hold the address. */
export const notify = async (
  notification: Notification,
  news: RunNews,
  { address, signal }: NotifyOptions,
): Promise<void> => {
  const url = await address(notification);
  let last = '';
  for (let tried = 0; tried < tries; tried += 1) {
    throwIfAborted(signal);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(news),
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
  throw new BackupError('UNAVAILABLE', `the ${notification.type} was not told: ${last}`);
};

/** `fetch failed` says nothing; its cause does. */
const causeOf = (error: TypeError): string => toBackupError(error.cause ?? error).message;
