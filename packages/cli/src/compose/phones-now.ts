import { isBackupError } from '@triplicate/core';
import type { DeviceSourceOptions } from '@triplicate/source-device';
import type { CommandContext } from '../program/command.ts';

/** The phones that are there now and that a source means, by UDID; none while there is no device daemon. */
export const phonesNow = async (
  { daemon, udid, wifi }: Pick<DeviceSourceOptions, 'daemon' | 'udid' | 'wifi'>,
  { surroundings, signal }: Pick<CommandContext, 'surroundings' | 'signal'>,
): Promise<readonly string[]> => {
  const { openMux, sameUdid } = await import('@triplicate/source-device');
  const address = daemon ?? surroundings.env['USBMUXD_SOCKET_ADDRESS'];
  try {
    const devices = await openMux({ address, platform: surroundings.platform }).devices({ signal });
    return devices
      .filter(({ connection }) => wifi || connection === 'usb')
      .filter((device) => udid === 'any' || sameUdid(device.udid, udid))
      .map((device) => device.udid);
  } catch (error) {
    if (isBackupError(error, 'UNAVAILABLE')) return [];
    throw error;
  }
};
