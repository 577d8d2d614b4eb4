import { pluginApiVersion, type SourcePlugin } from '@triplicate/core';
import { homedir } from 'node:os';
import { type MobileSyncOptions, mobileSyncOptions } from './options.ts';

/** Backups of iPhones and iPads that another program keeps on this computer, as a source. */
const plugin: SourcePlugin<MobileSyncOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'source',
  type: 'mobilesync',
  summary: 'The backup of an iPhone that Finder, iTunes, Apple Devices or iMazing keeps on this computer',
  options: mobileSyncOptions,
  async open(options, context) {
    const { openMobileSync } = await import('./open-mobile-sync.ts');
    return openMobileSync(options, context, { platform: process.platform, home: homedir() });
  },
};

export default plugin;
export * from './options.ts';
export { type OtherBackup, findOtherBackup } from './other-backup.ts';
