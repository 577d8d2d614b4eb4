import { Argument } from 'commander';
import type { DeviceFlags, DevicesAround } from '../devices/around-devices.ts';
import type { ExitCode } from '../exit-codes.ts';
import { defineCommand } from '../program/command.ts';

type Action = (around: DevicesAround, value: string | undefined) => Promise<ExitCode>;

const actions: Readonly<Record<string, Action>> = {
  list: async (around) => (await import('../devices/list-devices.ts')).listDevices(around),
  info: async (around) => (await import('../devices/show-info.ts')).showInfo(around),
  pair: async (around) => (await import('../devices/pair-phone.ts')).pairPhone(around),
  unpair: async (around) => (await import('../devices/pair-phone.ts')).unpairPhone(around),
  encryption: async (around, value) => (await import('../devices/set-encryption.ts')).setEncryption(around, value),
  icloud: async (around, value) => (await import('../devices/set-icloud.ts')).setICloud(around, value),
  apps: async (around) => (await import('../devices/list-apps.ts')).listInstalledApps(around),
};

export const command = defineCommand<DeviceFlags>({
  description:
    'The iPhones and iPads on a cable or in the network: list shows them, pair makes one trust this computer (once; Finder and iTunes do ' +
    'the same), info tells what one tells, encryption turns the encryption of its own backups on or off or changes its password, icloud ' +
    'shows or steers its backup to iCloud, apps lists what is installed.',
  examples: [
    ['devices', 'which are connected'],
    ['devices pair', 'once; it asks on its screen'],
    ['devices info --udid 00008110-001A2B3C4D5E6F70', 'one of several'],
    ['devices encryption on', 'asks for a new password; the phone may ask for its passcode'],
    ['devices encryption on --source annas-iphone', 'with the password that the configuration names for this source'],
    ['devices encryption change --phone-password-file OLD --new-password-file NEW', 'without being asked'],
    ['devices icloud off', 'no more backups to iCloud'],
  ],
  exits: [1, 2, 12],
  stopping: 'stopping',
  configure: (command) =>
    void command
      .addArgument(new Argument('[what]', 'what to do').choices(Object.keys(actions)).default('list'))
      .argument('[value]', 'encryption: on, off or change; icloud: show, on or off')
      .option('--udid <identifier>', 'which device, when several are connected')
      .option('--source <name>', 'the device of this source of the configuration, with the password that it names')
      .option('--phone-password-file <file>', 'file whose first line is the backup password that the phone has')
      .option('--new-password-file <file>', 'file whose first line is the backup password that it is to get'),
  async run(context, { args: [what, value], options }) {
    const { openDevices } = await import('../devices/around-devices.ts');
    if (typeof value === 'string' && what !== 'encryption' && what !== 'icloud') await refuseValue(String(what), value);
    const action = actions[String(what)] ?? actions['list'];
    const around = await openDevices(context, options);
    return action!(around, typeof value === 'string' ? value : undefined);
  },
});

const refuseValue = async (what: string, value: string): Promise<never> => {
  const { BackupError } = await import('@triplicate/core');
  throw new BackupError('USAGE', `"${value}" says nothing to \`devices ${what}\``, {
    hint: 'name a device with --udid',
  });
};
