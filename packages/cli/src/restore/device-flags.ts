import { BackupError, type SecretReference } from '@triplicate/core';
import { resolve } from 'node:path';
import type { RestoreFlags } from '../commands/restore.ts';
import { phonePasswordVariable } from '../inside/inside-flags.ts';
import type { CliSurroundings } from '../surroundings.ts';
import type { RestoreCall } from './run-restore.ts';

/** `device`, or `device:` and a UDID: what `--to` says of a phone. */
export const deviceTarget = /^device(?::(.+))?$/;

/** USAGE for what chooses parts or speaks of folders: a phone takes a backup as a whole. */
export const refuseParts = ({ paths, flags }: RestoreCall): void => {
  const { include, exclude, delete: removes, verify, overwrite, dryRun, device } = flags;
  if (dryRun === true)
    throw new BackupError('USAGE', 'what a phone makes of a whole backup cannot be told without restoring it', {
      hint: 'leave out --dry-run; what can be known is refused before anything begins (Find My, an older iOS, no space, no password)',
    });
  if (removes === true || verify === true || overwrite !== 'always')
    throw new BackupError('USAGE', '--delete, --verify and --overwrite speak of folders', {
      hint: 'leave them out: the phone checks every file itself, and --remove-others has it remove the rest',
    });
  const parts = [include, exclude, device].some((flag) => flag !== undefined);
  if (!parts && paths.length === 0) return;
  throw new BackupError('USAGE', 'a device is restored as a whole', {
    hint: 'restore parts of the snapshot into a folder, or see --experimental for parts onto a device',
  });
};

/** USAGE for what cannot be said of a part that goes onto a device, and without the word that it may be tried. */
export const checkPartFlags = ({ paths, flags }: RestoreCall): void => {
  const { include, exclude, delete: removes, verify, overwrite, removeOthers } = flags;
  const folders = [include, exclude, removes, verify].some((flag) => flag !== undefined) || overwrite !== 'always';
  if (folders)
    throw new BackupError('USAGE', '--include, --exclude, --delete, --verify and --overwrite speak of folders', {
      hint: 'name the domains, folders and files to put onto the device behind the snapshot',
    });
  if (paths.length === 0)
    throw new BackupError('USAGE', 'nothing says which part goes onto the device', {
      hint: 'name it, e.g. AppDomain-org.example.notes/Documents, or restore the whole snapshot without --logical',
    });
  if (removeOthers === true)
    throw new BackupError('USAGE', '--remove-others would remove all that is not in the part', {
      hint: 'leave it out, or restore the whole snapshot',
    });
  if (flags.experimental === true || flags.dryRun === true) return;
  throw new BackupError('USAGE', 'putting a part onto a device is experimental: no real phone was seen to take it', {
    hint: 'make a backup of the phone as it is now, then add --experimental; --dry-run tells what would go onto it',
  });
};

/** USAGE for what speaks of a device alone. */
export const refuseDeviceFlags = (flags: RestoreFlags): void => {
  const { systemFiles, removeOthers, keepSettings, reboot, installApps, experimental, yes } = flags;
  const given = [systemFiles, removeOthers, experimental, yes].some((flag) => flag !== undefined);
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
