import { type Clock, isBackupError, sleepFor, throwIfAborted } from '@triplicate/core';
import { type AttachedDevice, sameUdid } from './mux/attached.ts';
import type { MuxClient } from './mux/mux-client.ts';
import type { Wanted } from './find-device.ts';

export interface ConnectionsOptions extends Wanted {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How long to wait before a daemon that is not there, or has gone, is asked again. */
const daemonAwayMs = 10_000;

/**
 * The device that is meant, each time it is connected; at once when it is already. One that is plugged in while it is in the network is told
 * once. A daemon that is away is waited for. Ends with ABORTED when the signal fires, and with nothing else. For `schedule: { onConnect }`.
 */
export async function* connections(mux: MuxClient, options: ConnectionsOptions): AsyncGenerator<AttachedDevice> {
  const { clock, signal } = options;
  const present = new Map<number, string>();
  for (;;) {
    throwIfAborted(signal);
    try {
      for await (const event of mux.listen({ signal })) {
        if (event.type === 'detached') present.delete(event.id);
        if (event.type !== 'attached' || !isMeant(event.device, options)) continue;
        const known = [...present.values()].some((udid) => sameUdid(udid, event.device.udid));
        present.set(event.device.id, event.device.udid);
        if (!known) yield event.device;
      }
    } catch (error) {
      if (!isBackupError(error, 'UNAVAILABLE')) throw error;
    }
    // What was connected is told again by a daemon that starts anew, under other numbers.
    present.clear();
    await sleepFor(clock, daemonAwayMs, signal);
  }
}

const isMeant = ({ udid, connection }: AttachedDevice, { udid: wanted, wifi }: Wanted): boolean =>
  (wanted === 'any' || sameUdid(udid, wanted)) && (wifi || connection === 'usb');
