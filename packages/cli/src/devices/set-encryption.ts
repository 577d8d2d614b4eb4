import { BackupError } from '@triplicate/core';
import type { Phone } from '@triplicate/source-device';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { newPassword } from '../keys/new-password.ts';
import { tellChange } from './tell-change.ts';
import type { DevicesAround } from './around-devices.ts';

type Wanted = 'on' | 'off' | 'change';

const changes = { on: 'encryption-on', off: 'encryption-off', change: 'password-changed' } as const;

/** Turns the phone's own encryption of its backups on or off, or gives it another password. */
export const setEncryption = async (around: DevicesAround, value: string | undefined): Promise<ExitCode> => {
  const wanted = wantedOf(value);
  await using phone = await around.open();
  await checkState(around, phone, wanted);
  const passwords = {
    ...(wanted === 'on' ? {} : { from: await around.backupPassword() }),
    ...(wanted === 'off' ? {} : { to: await choosePassword(around, wanted) }),
  };
  const { clock, signal, waiting } = around;
  waiting(`${phone.name} may ask for its passcode`);
  await around.library.changeBackupPassword(phone, passwords, { clock, signal, waiting });
  await tellChange(around, { udid: phone.device.udid, name: phone.name, change: changes[wanted] });
  return exitCodes.ok;
};

const wantedOf = (value: string | undefined): Wanted => {
  if (value === 'on' || value === 'off' || value === 'change') return value;
  const problem =
    value === undefined
      ? 'nothing says what to do with the encryption'
      : `"${value}" is nothing that can be done with the encryption`;
  throw new BackupError('USAGE', problem, { hint: 'write on, off or change' });
};

const checkState = async ({ library }: DevicesAround, phone: Phone, wanted: Wanted): Promise<void> => {
  const isOn = await library.encryptsBackups(phone);
  if (isOn === (wanted !== 'on')) return;
  throw new BackupError(
    'USAGE',
    isOn ? `${phone.name} encrypts its backups already` : `${phone.name} does not encrypt its backups`,
    {
      hint: isOn
        ? 'to give it another password: triplicate devices encryption change'
        : 'to turn it on: triplicate devices encryption on',
    },
  );
};

/** With a source of the configuration, `on` takes the password that is configured there, so that the next backup knows it. One that is typed is asked for twice. */
const choosePassword = (
  { context, flags, backupPassword, passwordIsKnown }: DevicesAround,
  wanted: Wanted,
): Promise<string> => {
  const configured =
    flags.source !== undefined && passwordIsKnown && flags.newPasswordFile === undefined && wanted === 'on';
  return configured ? backupPassword() : newPassword(context, flags.newPasswordFile);
};
