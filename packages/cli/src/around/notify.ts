import { throwIfAborted, type Clock, type Notification, type NotifyEvent } from '@triplicate/core';
import { randomUUID } from 'node:crypto';
import { showOnDesktop } from './desktop.ts';
import { sendEmail } from './email.ts';
import { postUntilTaken } from './post.ts';

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
  /** What stands behind a reference of the notification. */
  readonly secret: (reference: Extract<Notification, { url: unknown }>['url']) => Promise<string>;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Whether somebody wants to know of one of these events. */
export const wants = ({ on }: Notification, events: readonly NotifyEvent[]): boolean =>
  on.some((event: NotifyEvent) => events.includes(event));

/** UNAVAILABLE when it was not taken in three tries; the message does not hold the address. */
export const notify = async (
  notification: Notification,
  news: RunNews,
  { secret, platform, clock, signal }: NotifyOptions,
): Promise<void> => {
  throwIfAborted(signal);
  const on = { clock, signal };
  switch (notification.type) {
    case 'webhook': {
      const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
      const url = await secret(notification.url);
      return postUntilTaken('webhook', { url, headers, body: JSON.stringify(news) }, on);
    }
    case 'ntfy': {
      const token = notification.token === undefined ? undefined : await secret(notification.token);
      const headers = {
        title: `Triplicate: ${news.pipeline}`,
        priority: urgent.has(news.event) ? 'high' : 'default',
        tags: ntfyTags[news.event],
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      return postUntilTaken('ntfy', { url: await secret(notification.url), headers, body: longText(news) }, on);
    }
    case 'healthchecks': {
      const address = (await secret(notification.url)).replace(/\/+$/, '');
      const url = news.event === 'failure' ? `${address}/fail` : address;
      return postUntilTaken(
        'healthchecks',
        { url, headers: { 'content-type': 'text/plain' }, body: longText(news), repeatable: true },
        on,
      );
    }
    case 'email': {
      const { from, to } = notification;
      const subject = `Triplicate: ${news.text.split('\n')[0] ?? ''}`;
      return sendEmail(await secret(notification.server), { from, to, subject, text: longText(news) }, signal);
    }
    case 'desktop':
      return showOnDesktop(
        { title: `Triplicate: ${news.pipeline}`, text: news.text, urgent: urgent.has(news.event) },
        { platform, signal },
      );
  }
};

const urgent: ReadonlySet<NotifyEvent> = new Set(['failure', 'passcode', 'coverage-lost']);

/** https://docs.ntfy.sh/emojis/ */
const ntfyTags: Readonly<Record<NotifyEvent, string>> = {
  success: 'white_check_mark',
  recovered: 'white_check_mark',
  partial: 'warning',
  failure: 'rotating_light',
  behind: 'hourglass',
  passcode: 'iphone',
  'coverage-lost': 'rotating_light',
};

/** The sentence, and a line for each destination that did not store it. */
const longText = ({ text, outcomes }: RunNews): string =>
  [
    text,
    ...outcomes
      .filter(({ status }) => status !== 'stored')
      .map(
        ({ source, destination, status, message }) =>
          `${source} on ${destination}: ${status}${message === undefined ? '' : `, ${message}`}`,
      ),
  ].join('\n');
