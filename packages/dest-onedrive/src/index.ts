import { type DestinationPlugin, pluginApiVersion } from '@triplicate/core';
import { openOnedrive } from './open.ts';
import { type OnedriveOptions, onedriveOptions } from './options.ts';
import { onedriveProvider } from './provider.ts';

const onedrive: DestinationPlugin<OnedriveOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'destination',
  type: 'onedrive',
  summary: 'A folder of a OneDrive.',
  options: onedriveOptions,
  open: openOnedrive,
  signIn: (options) => ({ ...options, provider: onedriveProvider(options) }),
};

export default onedrive;
export { openOnedrive } from './open.ts';
export { OnedriveDestination } from './onedrive-destination.ts';
export { type OnedriveOptions, onedriveOptions } from './options.ts';
