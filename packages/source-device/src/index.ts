import { pluginApiVersion, type SourcePlugin } from '@triplicate/core';
import { deviceOptions, type DeviceSourceOptions } from './options.ts';

const device: SourcePlugin<DeviceSourceOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'source',
  type: 'device',
  summary: 'An iPhone or iPad on its cable or in the network: its own backup, or its photos.',
  options: deviceOptions,
  async open(options, context) {
    const [{ DeviceSource }, { openDevice }] = await Promise.all([
      import('./device-source.ts'),
      import('./open-device.ts'),
    ]);
    return new DeviceSource(options, await openDevice(options, context, process.platform));
  },
  async openTarget(options, context) {
    const [{ DeviceTarget }, { openDevice }] = await Promise.all([
      import('./restore/device-target.ts'),
      import('./open-device.ts'),
    ]);
    return new DeviceTarget(options.restore, await openDevice(options, context, process.platform));
  },
};

export default device;
export * from './backup/encryption.ts';
export * from './describe-device.ts';
export * from './device-source.ts';
export * from './find-device.ts';
export { pair, type PairingOptions, unpair } from './lockdown/pairing.ts';
export { type AttachedDevice, normaliseUdid, sameUdid } from './mux/attached.ts';
export { MuxClient, type MuxEvent } from './mux/mux-client.ts';
export { openMux } from './open-mux.ts';
export * from './options.ts';
export { openLockdown, Phone, type PhoneOptions } from './phone.ts';
export { DeviceTarget } from './restore/device-target.ts';
