import { BackupError, type Clock } from '@triplicate/core';
import { asBoolean } from '@triplicate/plist';
import type { Phone } from '../phone.ts';
import { backupService, DeviceLink } from './device-link.ts';
import type { BackupTree } from './backup-tree.ts';
import type { BackupRequest } from './error-codes.ts';
import { FileVerbs } from './file-verbs.ts';
import { noTree } from './no-tree.ts';
import { perform } from './perform.ts';

export interface AskOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly waiting: (what: string | undefined) => void;
}

/** Whether the phone encrypts its backups. */
export const encryptsBackups = async (phone: Phone): Promise<boolean> =>
  asBoolean(await phone.value('com.apple.mobile.backup', 'WillEncrypt')) === true;

/** Turns the encryption of backups on (`to` alone), off (`from` alone), or changes its password. The phone may ask for its passcode. */
export const changeBackupPassword = (
  phone: Phone,
  { from, to }: { from?: string; to?: string },
  options: AskOptions,
): Promise<void> =>
  ask(
    phone,
    'ChangePassword',
    { ...(from === undefined ? {} : { OldPassword: from }), ...(to === undefined ? {} : { NewPassword: to }) },
    options,
  );

/** Whether the phone backs itself up to iCloud, and when it last did. */
export interface ICloudBackup {
  readonly enabled: boolean;
  readonly last: Date | undefined;
}

export const iCloudBackup = async (phone: Phone): Promise<ICloudBackup> => {
  const last = await phone.value('com.apple.mobile.backup', 'LastCloudBackupDate');
  return {
    enabled: asBoolean(await phone.value('com.apple.mobile.backup', 'CloudBackupEnabled')) === true,
    last: last instanceof Date ? last : undefined,
  };
};

export const setICloudBackup = (phone: Phone, enabled: boolean, options: AskOptions): Promise<void> =>
  ask(phone, 'EnableCloudBackup', { CloudBackupState: enabled }, options);

/** Brings the phone to what the configuration wants before a backup. */
export const ensureEncryption = async (
  phone: Phone,
  wanted: 'required' | 'off' | 'as-is',
  password: (() => Promise<string>) | undefined,
  options: AskOptions,
): Promise<void> => {
  if (wanted === 'as-is') return;
  const on = await encryptsBackups(phone);
  if (on === (wanted === 'required')) return;
  if (password === undefined)
    throw new BackupError(
      'CONFIG_INVALID',
      `${phone.name} ${on ? 'encrypts its backups' : 'does not encrypt its backups'}, and the configuration wants it otherwise`,
      {
        hint: `name the backup password under "password", or write "encryption: as-is"`,
      },
    );
  options.waiting(`turning the encryption of backups ${on ? 'off' : 'on'}; ${phone.name} may ask for its passcode`);
  try {
    await changeBackupPassword(phone, on ? { from: await password() } : { to: await password() }, options);
  } finally {
    options.waiting(undefined);
  }
};

const ask = async (
  phone: Phone,
  request: BackupRequest,
  extra: Record<string, string | boolean>,
  { clock, signal, waiting }: AskOptions,
): Promise<void> => {
  const link = await DeviceLink.open(await phone.startService(backupService, { escrow: true, signal }), clock);
  const tree: BackupTree = noTree;
  const verbs = new FileVerbs({
    link,
    tree,
    udid: phone.device.udid,
    signal,
    freeBytes: () => Promise.resolve(undefined),
    received: () => {},
  });
  try {
    await link.request(request, phone.device.udid, extra);
    await perform(verbs, { request, name: phone.name, clock, waiting });
  } finally {
    await link.end();
  }
};
