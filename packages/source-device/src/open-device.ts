import { resolve } from 'node:path';
import type { PluginContext } from '@triplicate/core';
import type { DeviceSourceParts } from './device-source.ts';
import { findDevice } from './find-device.ts';
import { openMux } from './open-mux.ts';
import type { DeviceSourceOptions } from './options.ts';
import { Phone } from './phone.ts';
import { Transcript } from './record/transcript.ts';

/** Finds the device that the options mean, and makes sure that it knows this computer. */
export const openDevice = async (
  options: DeviceSourceOptions,
  context: PluginContext,
  platform: NodeJS.Platform,
): Promise<DeviceSourceParts> => {
  const { cacheDirectory, clock, signal } = context;
  const mux = openMux({ address: options.daemon ?? context.deviceDaemon, platform, clock });
  const device = await findDevice(mux, options, signal);
  const transcript =
    options.record === undefined
      ? undefined
      : await Transcript.open(resolve(context.configDirectory, options.record), clock);
  await using phone = await Phone.open({ mux, device, clock, signal, transcript });
  const { password } = options;
  return {
    mux,
    device,
    clock,
    cacheDirectory,
    transcript,
    name: phone.name,
    password: password && (() => context.secret(password)),
  };
};
