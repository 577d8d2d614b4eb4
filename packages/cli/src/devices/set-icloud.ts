import { BackupError } from '@triplicate/core';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { showInfo } from './show-info.ts';
import { tellChange } from './tell-change.ts';
import type { DevicesAround } from './around-devices.ts';

/** Shows whether the phone backs itself up to iCloud, or turns that on or off. */
export const setICloud = async (around: DevicesAround, value: string | undefined): Promise<ExitCode> => {
  if (value === undefined || value === 'show') return showInfo(around);
  if (value !== 'on' && value !== 'off')
    throw new BackupError('USAGE', `"${value}" is nothing that can be done with iCloud`, {
      hint: 'write show, on or off',
    });
  const { clock, signal, waiting } = around;
  await using phone = await around.open();
  await around.library.setICloudBackup(phone, value === 'on', { clock, signal, waiting });
  await tellChange(around, { udid: phone.device.udid, name: phone.name, change: `icloud-${value}` });
  return exitCodes.ok;
};
