import { isBackupError } from '@triplicate/core';
import type { AttachedDevice, DeviceSourceOptions } from '@triplicate/source-device';
import type { CommandContext } from '../program/command.ts';

/** The phones that are there now and that a source means, as the daemon lists them: one with a cable and in the network twice. None while there is no daemon. */
export const phonesNow = async (
  { daemon, udid, wifi }: Pick<DeviceSourceOptions, 'daemon' | 'udid' | 'wifi'>,
  { surroundings, signal }: Pick<CommandContext, 'surroundings' | 'signal'>,
): Promise<readonly AttachedDevice[]> => {
  const { openMux, sameUdid } = await import('@triplicate/source-device');
  const address = daemon ?? surroundings.env['USBMUXD_SOCKET_ADDRESS'];
  try {
    const devices = await openMux({ address, platform: surroundings.platform }).devices({ signal });
    return devices
      .filter(({ connection }) => wifi || connection === 'usb')
      .filter((device) => udid === 'any' || sameUdid(device.udid, udid));
  } catch (error) {
    if (isBackupError(error, 'UNAVAILABLE')) return [];
    throw error;
  }
};
