import { BackupError } from '@triplicate/core';
import { type AttachedDevice, sameUdid } from './mux/attached.ts';
import type { MuxClient } from './mux/mux-client.ts';

export interface Wanted {
  /** An identifier, or `any`. */
  readonly udid: string;
  readonly wifi: boolean;
}

/** The device that is meant; its cable is preferred to the network. UNAVAILABLE when it is not there, USAGE when it may be one of several. */
export const findDevice = async (
  mux: MuxClient,
  { udid, wifi }: Wanted,
  signal: AbortSignal,
): Promise<AttachedDevice> => {
  const reachable = (await mux.devices({ signal })).filter((device) => wifi || device.connection === 'usb');
  const meant = reachable.filter((device) => udid === 'any' || sameUdid(device.udid, udid));
  const names = [...new Set(meant.map((device) => device.udid))];
  if (names.length > 1)
    throw new BackupError(
      'USAGE',
      `${names.length} devices are connected and "udid: any" means one: ${names.join(', ')}`,
      {
        hint: 'write the udid of the one that is meant, and a source for each of the others',
      },
    );
  const found = meant.find((device) => device.connection === 'usb') ?? meant[0];
  if (found) return found;
  throw new BackupError(
    'UNAVAILABLE',
    udid === 'any' ? 'no iPhone or iPad is connected' : `device ${udid} is not connected`,
    {
      hint: 'plug it in, unlock it and tap Trust if it asks',
    },
  );
};
