import { isBackupError, shellWord, toBackupError, type Notification, type NotifyEvent } from '@triplicate/core';
import { resolve } from 'node:path';
import { asTyped, givenOf } from '../output/prose.ts';
import { masked } from '../output/masked.ts';
import { notify, wants, type NotifyOptions, type RunNews } from './notify.ts';
import type { Surrounds } from './around-run.ts';

/** What news need of what stands around a run. */
export type Telling = Pick<Surrounds, 'context' | 'services' | 'notifications' | 'directory'>;

/**
 * To each that wants one of these events, as the first of them that it wants. News that cannot be delivered are a warning; whom they did not
 * reach comes back.
 */
export const deliver = async (
  { context, services, notifications, directory }: Telling,
  { events, news, signal = context.signal }: Delivery,
): Promise<readonly Notification[]> => {
  const secret: NotifyOptions['secret'] = (reference) => services.secrets.resolve(reference, { directory, signal });
  const { cwd, platform } = context.surroundings;
  const { globals } = context;
  // Whoever reads it stands in another folder.
  const found = globals.config === undefined ? globals : { ...globals, config: resolve(cwd, globals.config) };
  const text = asTyped(news.text, { env: {}, given: givenOf(found, shellWord) });
  const missed: Notification[] = [];
  for (const notification of notifications.filter((one) => wants(one, events))) {
    const event = events.find((one) => wants(notification, [one])) ?? news.event;
    try {
      await notify(notification, masked({ ...news, text, event }, context.output), {
        secret,
        platform,
        clock: services.clock,
        signal,
      });
    } catch (error) {
      context.output.warn(toBackupError(error));
      if (!isBackupError(error) || error.context['sent'] !== true) missed.push(notification);
    }
  }
  return missed;
};

export interface Delivery {
  /** The most telling first. */
  readonly events: readonly NotifyEvent[];
  readonly news: RunNews;
  /** The command's own when absent. */
  readonly signal?: AbortSignal;
}

/** Whether anybody would hear of one of these. */
export const someoneWants = (notifications: readonly Notification[], events: readonly NotifyEvent[]): boolean =>
  notifications.some((one) => wants(one, events));
