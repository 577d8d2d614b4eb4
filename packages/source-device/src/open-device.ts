import { BackupError, type PluginContext } from '@triplicate/core';
import type { DeviceSourceParts } from './device-source.ts';
import { findDevice } from './find-device.ts';
import { openMux } from './open-mux.ts';
import type { DeviceSourceOptions } from './options.ts';
import { Phone } from './phone.ts';

/** Finds the device that the options mean, and makes sure that it knows this computer. */
export const openDevice = async (
  options: DeviceSourceOptions,
  context: PluginContext,
  platform: NodeJS.Platform,
): Promise<DeviceSourceParts> => {
  const { cacheDirectory, clock, signal } = context;
  const mux = openMux({ address: options.daemon ?? context.deviceDaemon, platform });
  const device = await findDevice(mux, options, signal);
  await using phone = await Phone.open({ mux, device, clock, signal });
  const { password } = options;
  if (options.encryption === 'required' && options.mode === 'photos')
    throw new BackupError('CONFIG_INVALID', '"encryption: required" has no meaning with "mode: photos"', {
      hint: 'leave one of them out; a phone encrypts whole backups alone',
    });
  return {
    mux,
    device,
    clock,
    cacheDirectory,
    name: phone.name,
    password: password && (() => context.secret(password)),
  };
};
