import { type DestinationPlugin, pluginApiVersion } from '@triplicate/core';
import { openGdrive } from './open.ts';
import { type GdriveOptions, gdriveOptions } from './options.ts';
import { googleProvider } from './provider.ts';

const gdrive: DestinationPlugin<GdriveOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'destination',
  type: 'gdrive',
  summary: 'A folder of a Google Drive.',
  options: gdriveOptions,
  open: openGdrive,
  signIn: (options) =>
    options.serviceAccount === undefined
      ? { provider: googleProvider(options), clientId: options.clientId, clientSecret: options.clientSecret }
      : undefined,
};

export default gdrive;
export { GdriveDestination } from './gdrive-destination.ts';
export { openGdrive, openGdriveAt } from './open.ts';
export { type GdriveOptions, gdriveOptions } from './options.ts';
