import { type DestinationPlugin, pluginApiVersion } from '@triplicate/core';
import { openRest } from './open.ts';
import { type RestOptions, restOptions } from './options.ts';

const rest: DestinationPlugin<RestOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'destination',
  type: 'rest',
  summary: 'A REST server of restic, or any remote of rclone.',
  options: restOptions,
  open: openRest,
};

export default rest;
export { openRest } from './open.ts';
export { type RestOptions, restOptions } from './options.ts';
export { RestDestination } from './rest-destination.ts';
