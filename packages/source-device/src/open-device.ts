import { resolve } from 'node:path';
import { BackupError, type PluginContext } from '@triplicate/core';
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
  checkMode(options);
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

/** CONFIG_INVALID for what the other mode alone knows: passed over in silence, a person would believe that it holds. */
const checkMode = ({ mode, encryption, leaveOut, apps }: DeviceSourceOptions): void => {
  const refuse = (key: string, hint: string): never => {
    throw new BackupError('CONFIG_INVALID', `"${key}" has no meaning with "mode: ${mode}"`, { hint });
  };
  if (mode === 'photos' && encryption === 'required')
    refuse('encryption: required', 'leave one of them out; a phone encrypts whole backups alone');
  if (mode === 'photos' && leaveOut !== undefined)
    refuse('leaveOut', 'leave one of them out; "apps" chooses whose documents are taken');
  if (mode === 'backup' && apps !== undefined)
    refuse('apps', 'leave one of them out; what a whole backup does not keep is named under "leaveOut"');
};
