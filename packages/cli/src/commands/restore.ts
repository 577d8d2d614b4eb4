import { Option } from 'commander';
import { addLogicalOptions, type InsideFlags } from '../inside/inside-flags.ts';
import { defineCommand } from '../program/command.ts';
import { collectText } from '../program/options.ts';
import { deviceTarget } from '../restore/device-flags.ts';

export interface RestoreFlags extends InsideFlags {
  readonly logical?: boolean;
  readonly to?: string;
  readonly from?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly overwrite: 'always' | 'if-changed' | 'never';
  readonly delete?: boolean;
  readonly verify?: boolean;
  readonly dryRun?: boolean;
  readonly systemFiles?: boolean;
  readonly removeOthers?: boolean;
  /** `false` when it is to be left out; the configuration decides otherwise. */
  readonly keepSettings?: boolean;
  readonly reboot?: boolean;
  readonly installApps?: boolean;
  readonly experimental?: boolean;
  readonly yes?: boolean;
}

export const command = defineCommand<RestoreFlags>({
  description:
    'Writes a snapshot, or a part of it, into a folder. Each piece comes from whichever destination has it whole: a copy that is damaged or ' +
    'away is passed over, and told. Interrupted, it goes on where it was when it is run again with --overwrite if-changed.',
  examples: [
    ['restore latest --to ~/restored', 'the newest snapshot'],
    ['restore latest:documents --to / --overwrite if-changed', 'one source, back to where it came from'],
    ['restore 2026-11-29 /home/anna/letter.odt --to ~/restored', 'one file as it was at the end of that day'],
    ['restore latest --to ~/restored --include "*.jpg" --verify', 'the photos, each read back after it was written'],
    ['restore latest --to ~/restored --from usb-disk', 'from this destination and no other'],
    ['restore latest:annas-iphone --to device', 'back onto the iPhone that it is of'],
    [
      'restore latest:annas-iphone --to device:00008110-001A2B3C4D5E6F70 --system-files --remove-others',
      'onto another one, which becomes as the first was',
    ],
    [
      'restore latest:annas-iphone --logical CameraRollDomain/Media/DCIM --to ~/photos',
      'files of a phone under their own names',
    ],
    [
      'restore latest --logical AppDomain-org.example.notes --to device --experimental',
      'one app, back onto the iPhone',
    ],
    ['--repo /media/usb/backup restore latest --to ~/restored', 'without computer and configuration, from one disk'],
  ],
  exits: [1, 2, 3, 10, 12],
  exitWords: {
    3: 'partial: some entry, attribute or setuid bit was not restored, or nothing matches --include',
  },
  tellStopping: ({ to }) =>
    to !== undefined && deviceTarget.test(to)
      ? 'stopping; run it again to restore the phone from the beginning'
      : 'stopping; run it again with --overwrite if-changed to go on from here',
  configure: (command) =>
    void addLogicalOptions(command)
      .argument('<snapshot>', 'beginning of an id, latest, latest:SOURCE, or a date')
      .argument('[path...]', 'files and folders in the snapshot; all when left out')
      .option('-t, --to <folder>', 'where to; or device[:UDID], an iPhone')
      .option('--include <pattern>', 'only what matches, e.g. "*.jpg" (may be repeated)', collectText)
      .option('--exclude <pattern>', 'leave out what matches (may be repeated)', collectText)
      .option('--from <destination>', 'read from this destination and no other')
      .addOption(
        new Option(
          '--overwrite <when>',
          'files that are there: always replaces them, if-changed those of another size or time, never leaves all',
        )
          .choices(['always', 'if-changed', 'never'])
          .default('always'),
      )
      .option(
        '--delete',
        'remove from restored folders what the snapshot does not have; never beside what was backed up',
      )
      .option('--verify', 'read back what was written')
      .option('-n, --dry-run', 'tell what would be done, and do nothing')
      .option('--system-files', 'to a device: also the layout of the home screen and the like')
      .option('--remove-others', 'to a device: remove from it what the snapshot does not have')
      .option('--no-keep-settings', 'to a device: its settings become those of the snapshot')
      .option('--no-reboot', 'to a device: do not restart it at the end')
      .option('--experimental', 'to a device: with --logical, put only the named part onto it')
      .option('--no-install-apps', 'to a device: do not have it install its apps again')
      .option('-y, --yes', 'to a device: overwrite it without asking'),
  async run(context, { args: [snapshot, paths], options }) {
    const { runRestore } = await import('../restore/run-restore.ts');
    return runRestore(context, {
      snapshot: String(snapshot),
      paths: (paths as readonly string[] | undefined) ?? [],
      flags: options,
    });
  },
});
