import { type DestinationPlugin, pluginApiVersion } from '@triplicate/core';
import { expandPath, openLocal } from './open.ts';
import { type LocalOptions, localOptions } from './options.ts';

const local: DestinationPlugin<LocalOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'destination',
  type: 'local',
  summary: 'A folder on this machine, on an external disk or on a mounted network share.',
  options: localOptions,
  insteadOfLock:
    'whoever owns a folder can undo its permissions. Unplug the disk between runs, or let another user guard what is stored (`appendOnly`, and its page)',
  open: ({ appendOnly, create, path }, { clock, configDirectory, removable }) =>
    openLocal({ path: expandPath(path, configDirectory), mustExist: !create || removable === true, appendOnly, clock }),
};

export default local;
export * from './local-destination.ts';
export * from './open.ts';
export * from './options.ts';
export type * from './platform.ts';
