import { defineCommand } from '../program/command.ts';
import { collectText, parseCount } from '../program/options.ts';
import type { InitFlags } from '../init/from-flags.ts';

export interface InitOptions extends InitFlags {
  readonly passwordEnv?: string;
  readonly keychain?: string;
  readonly yes?: boolean;
}

export const command = defineCommand<InitOptions>({
  description:
    'Writes a configuration, if there is none, and creates the repository on every destination. At a terminal it asks what is needed; ' +
    'elsewhere, or with --source and --to, it takes what you give. Run again, it adds a new or lost destination to the repository and ' +
    'touches nothing that is there; `triplicate sync` then fills it.',
  examples: [
    ['init', 'ask what to back up and where to'],
    ['init --source ~/Documents --to usb=/media/backup --to nas=/mnt/nas/backup', 'without questions'],
    [
      'init --iphone --to "cloud={ type: s3, bucket: anna, region: eu-central-1, offsite: true }"',
      'an entry as it stands in the file',
    ],
    ['init --config work.yaml', 'create what the destinations in this file lack'],
  ],
  exits: [1, 2, 3, 12],
  configure: (command) =>
    void command
      .option('--source <path>', 'folder or file to back up, or name=path (may be repeated)', collectText)
      .option('--iphone', 'back up the iPhone that is connected')
      .option('--to <place>', 'folder for the repository, name=folder, or name={ … } (may be repeated)', collectText)
      .option('--quorum <n>', 'how many destinations make a run a success', parseCount)
      .option('--password-env <name>', 'the password is in this environment variable')
      .option('--keychain <name>', "the password is in this entry of the system's keychain")
      .option('-y, --yes', 'ask nothing'),
  async run(context, { options }) {
    const { runInit } = await import('../init/run-init.ts');
    return runInit(context, options);
  },
});
