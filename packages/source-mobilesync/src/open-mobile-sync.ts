import { BackupError, type PluginContext, type Source } from '@triplicate/core';
import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { whyNotReady } from './backup-folder.ts';
import { findBackup } from './find-backup.ts';
import { defaultLocations, type Machine } from './locations.ts';
import { MobileSyncSource } from './mobile-sync-source.ts';
import type { MobileSyncOptions } from './options.ts';

/** Finds the backup that the options mean. */
export const openMobileSync = async (
  { udid, folder, patience }: MobileSyncOptions,
  { configDirectory, cacheDirectory, clock }: PluginContext,
  machine: Machine,
): Promise<Source> => {
  const places =
    folder === undefined ? defaultLocations(machine) : [resolve(configDirectory, withHome(folder, machine.home))];
  if (places.length === 0)
    throw new BackupError('CONFIG_INVALID', 'no program keeps backups of phones at a known place on this system', {
      hint: 'name the folder under "folder", or back the phone itself up with `type: device`',
    });
  const found = await findBackup({ udid, places, named: folder !== undefined });
  // The folder may be a link to another disk.
  const backup = { ...found, path: await realpath(found.path) };
  return new MobileSyncSource({ backup, clock, cacheDirectory, whyNotReady, patienceMs: patience * 60_000 });
};

const withHome = (folder: string, home: string): string =>
  folder === '~' || /^~[\\/]/.test(folder) ? join(home, folder.slice(1)) : folder;
