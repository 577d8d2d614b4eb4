import { BackupError, type Clock, isBackupError, toBackupError } from '@triplicate/core';
import type { Phone } from '../phone.ts';
import type { MuxClient } from '../mux/mux-client.ts';
import { answerHeartbeat, heartbeatService } from '../services/heartbeat.ts';
import { NotificationProxy, notificationProxy, notices } from '../services/notification-proxy.ts';
import { PropertyChannel } from '../wire/property-channel.ts';

export interface WatchOptions {
  /** What a person ends there. */
  readonly what: 'backup' | 'restore';
  readonly phone: Phone;
  readonly mux: MuxClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly waiting: (what: string | undefined) => void;
  /** Ends what is under way, with the reason. */
  readonly stop: (reason: BackupError) => void;
}

export interface PhoneWatch {
  readonly notifications: NotificationProxy;
  close(): Promise<void>;
}

/** Watches for what a person does meanwhile: the passcode, Cancel on the phone, the plug. Give back with `close`. */
export const watchPhone = async (options: WatchOptions): Promise<PhoneWatch> => {
  const ending = new AbortController();
  const until = AbortSignal.any([options.signal, ending.signal]);
  try {
    const { notifications, watchers } = await startWatchers(options, until);
    const quiet = watchers.map((watcher) =>
      watcher.catch((error: unknown) => {
        // They end with what they watch; only what nobody expected is worth a stop.
        if (!isBackupError(error)) options.stop(toBackupError(error));
      }),
    );
    return {
      notifications,
      close: async () => {
        ending.abort();
        await Promise.all(quiet);
      },
    };
  } catch (error) {
    ending.abort();
    throw error;
  }
};

interface Watchers {
  readonly notifications: NotificationProxy;
  readonly watchers: readonly Promise<void>[];
}

const startWatchers = async (options: WatchOptions, until: AbortSignal): Promise<Watchers> => {
  const { phone } = options;
  const open = async (name: string): Promise<PropertyChannel> =>
    new PropertyChannel(await phone.startService(name, { signal: until }));
  const notifications = new NotificationProxy(await open(notificationProxy));
  for (const name of [notices.cancelRequest, notices.passcodeShown, notices.passcodeGone])
    await notifications.observe(name);
  const heartbeat = phone.device.connection === 'network' ? await open(heartbeatService) : undefined;
  const watchers = [relayNotices(notifications, options), relayDetach(options, until)];
  if (heartbeat) watchers.push(relayHeartbeat(heartbeat, options, until));
  return { notifications, watchers };
};

const relayNotices = async (
  notifications: NotificationProxy,
  { what, phone, waiting, stop }: WatchOptions,
): Promise<void> => {
  for await (const name of notifications.relayed()) {
    if (name === notices.passcodeShown) waiting(`enter the passcode on ${phone.name}`);
    if (name === notices.passcodeGone) waiting(undefined);
    if (name === notices.cancelRequest) stop(new BackupError('ABORTED', `the ${what} was cancelled on ${phone.name}`));
  }
};

const relayDetach = async ({ mux, phone, stop }: WatchOptions, signal: AbortSignal): Promise<void> => {
  for await (const event of mux.listen({ signal }))
    if (event.type === 'detached' && event.id === phone.device.id)
      stop(
        new BackupError('UNAVAILABLE', `${phone.name} was unplugged`, {
          hint: 'plug it in again and repeat the command; the last snapshot is untouched',
        }),
      );
};

/** Ends what is under way when the phone has left the network: nothing else would tell. */
const relayHeartbeat = async (
  heartbeat: PropertyChannel,
  { clock, phone, stop }: WatchOptions,
  signal: AbortSignal,
): Promise<void> => {
  try {
    await answerHeartbeat(heartbeat, clock);
  } catch (error) {
    if (signal.aborted || !isBackupError(error, 'UNAVAILABLE') || error.context['ended'] === true) throw error;
    stop(
      new BackupError('UNAVAILABLE', `${phone.name} no longer answers in the network`, {
        hint: 'bring it back into the network or use its cable, and repeat the command; the last snapshot is untouched',
      }),
    );
  }
};
