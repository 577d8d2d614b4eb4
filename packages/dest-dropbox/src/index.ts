import { type DestinationPlugin, pluginApiVersion } from '@triplicate/core';
import { openDropbox } from './open.ts';
import { type DropboxOptions, dropboxOptions } from './options.ts';
import { dropboxProvider } from './provider.ts';

const dropbox: DestinationPlugin<DropboxOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'destination',
  type: 'dropbox',
  summary: 'A folder of a Dropbox.',
  options: dropboxOptions,
  open: openDropbox,
  signIn: (options) => ({ ...options, provider: dropboxProvider(options.endpoint) }),
};

export default dropbox;
export { DropboxDestination } from './dropbox-destination.ts';
export { openDropbox } from './open.ts';
export { type DropboxOptions, dropboxOptions } from './options.ts';
