import { BackupError, type SecretReference } from '@triplicate/core';
import { resolve } from 'node:path';
import type { RestoreFlags } from '../commands/restore.ts';
import { phonePasswordVariable } from '../inside/inside-flags.ts';
import type { CliSurroundings } from '../surroundings.ts';
import type { RestoreCall } from './run-restore.ts';

/** USAGE for what chooses parts or speaks of folders: a phone takes a backup as a whole. */
export const refuseParts = ({ paths, flags }: RestoreCall): void => {
  const { include, exclude, delete: removes, verify, dryRun, device } = flags;
  const parts = [include, exclude, removes, verify, dryRun, device].some((flag) => flag !== undefined);
  if (!parts && paths.length === 0) return;
  throw new BackupError('USAGE', 'a device is restored as a whole', {
    hint: 'restore parts of the snapshot into a folder',
  });
};

/** USAGE for what speaks of a device alone. */
export const refuseDeviceFlags = (flags: RestoreFlags): void => {
  const { systemFiles, removeOthers, keepSettings, reboot, installApps } = flags;
  const given = [systemFiles, removeOthers].some((flag) => flag !== undefined);
  if (!given && keepSettings !== false && reboot !== false && installApps !== false) return;
  throw new BackupError('USAGE', 'only a device takes such options', { hint: 'restore with --to device' });
};

/** The options of the configured source, with what the command line says instead. */
export const deviceOptionsWith = (
  configured: unknown,
  flags: RestoreFlags,
  { udid, cwd, env }: { readonly udid: string } & Pick<CliSurroundings, 'cwd' | 'env'>,
): Record<string, unknown> => {
  const own = (configured ?? {}) as { readonly restore?: object; readonly password?: SecretReference };
  const { phonePasswordFile: file } = flags;
  const known = own.password ?? (env[phonePasswordVariable] ? { env: phonePasswordVariable } : undefined);
  const password = file === undefined ? known : { file: resolve(cwd, file) };
  return {
    ...own,
    udid,
    ...(password === undefined ? {} : { password }),
    restore: { ...own.restore, ...restoreSettings(flags) },
  };
};

/** A flag that was not given leaves the configuration as it is. */
const restoreSettings = ({ systemFiles, removeOthers, keepSettings, reboot, installApps }: RestoreFlags): object => ({
  ...(systemFiles === true ? { systemFiles } : {}),
  ...(removeOthers === true ? { removeOthers } : {}),
  ...(keepSettings === false ? { keepSettings } : {}),
  ...(reboot === false ? { reboot } : {}),
  ...(installApps === false ? { apps: false } : {}),
});
