import { type DestinationPlugin, pluginApiVersion } from '@triplicate/core';
import { openSftp } from './open.ts';
import { type SftpOptions, sftpOptions } from './options.ts';

const sftp: DestinationPlugin<SftpOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'destination',
  type: 'sftp',
  summary: 'A folder at any machine that can be reached by SSH.',
  options: sftpOptions,
  open: openSftp,
};

export default sftp;
export { openSftp } from './open.ts';
export { type SftpOptions, sftpOptions } from './options.ts';
export { SftpDestination } from './sftp-destination.ts';
