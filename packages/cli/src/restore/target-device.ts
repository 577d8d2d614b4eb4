import { BackupError, type ListedSnapshot } from '@triplicate/core';
import { shortId } from '../output/format.ts';
import type { CommandContext } from '../program/command.ts';

/** Where the trees of device sources stand. */
const ofDevices = /^\/(?:MobileSync|Photos)\//;

/**
 * The identifier of the device to restore to: the one that the command line names, else the one that the snapshot is of. USAGE when that
 * one is not connected and another one is: nobody's phone is overwritten by a guess.
 */
export const chooseTarget = async (
  { surroundings, signal }: CommandContext,
  snapshot: ListedSnapshot,
  { named, daemon }: { readonly named: string | undefined; readonly daemon: string | undefined },
): Promise<string> => {
  if (named !== undefined) return named;
  const { openMux, sameUdid } = await import('@triplicate/source-device');
  const address = daemon ?? surroundings.env['USBMUXD_SOCKET_ADDRESS'];
  const connected = await openMux({ address, platform: surroundings.platform }).devices({ signal });
  const owner = snapshot.file.hostname ?? '';
  const own = connected.find((device) => sameUdid(device.udid, owner));
  const [other] = connected;
  if (own) return own.udid;
  if (!other)
    throw new BackupError('UNAVAILABLE', 'no iPhone or iPad is connected', {
      hint: 'plug it in, unlock it and tap Trust if it asks',
    });
  if (!snapshot.file.paths.some((path) => ofDevices.test(path)))
    throw new BackupError('USAGE', `snapshot ${shortId(snapshot.id)} is not of a device`, {
      hint: 'choose one of a device source (triplicate snapshots), or name the device that is to take it: --to device:UDID',
    });
  throw new BackupError(
    'USAGE',
    `the device that this snapshot is of (${owner}) is not connected, and another one is`,
    {
      hint: `to restore onto that one, name it: --to device:${other.udid}`,
    },
  );
};
