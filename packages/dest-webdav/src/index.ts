import { type DestinationPlugin, pluginApiVersion } from '@triplicate/core';
import { openWebdav } from './open.ts';
import { type WebdavOptions, webdavOptions } from './options.ts';

const webdav: DestinationPlugin<WebdavOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'destination',
  type: 'webdav',
  summary: 'A folder of a WebDAV server, e.g. Nextcloud or a NAS.',
  options: webdavOptions,
  open: openWebdav,
};

export default webdav;
export { openWebdav } from './open.ts';
export { type WebdavOptions, webdavOptions } from './options.ts';
export { WebdavDestination } from './webdav-destination.ts';
