import { type DestinationPlugin, pluginApiVersion } from '@triplicate/core';
import { expandPath, openLocal } from './open.ts';
import { type LocalOptions, localOptions } from './options.ts';

const local: DestinationPlugin<LocalOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'destination',
  type: 'local',
  summary: 'A folder on this machine, on an external disk or on a mounted network share.',
  options: localOptions,
  open: ({ create, path }, { clock, configDirectory, removable }) =>
    openLocal({ path: expandPath(path, configDirectory), mustExist: !create || removable === true, clock }),
};

export default local;
export * from './local-destination.ts';
export * from './open.ts';
export * from './options.ts';
export type * from './platform.ts';
