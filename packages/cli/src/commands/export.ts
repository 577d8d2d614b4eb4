import { exportKinds } from '@triplicate/ios-backup';
import { Argument, Option } from 'commander';
import { addInsideOptions, type InsideFlags } from '../inside/inside-flags.ts';
import { parseMoment, type Moment } from '../inside/period.ts';
import { defineCommand } from '../program/command.ts';

export interface ExportFlags extends InsideFlags {
  readonly to?: string;
  readonly format?: string;
  readonly with?: string;
  readonly since?: Moment;
  readonly until?: Moment;
  readonly timeZone?: string;
  readonly files: boolean;
  readonly by?: 'year' | 'album' | 'year-and-album';
  readonly notePasswordFile?: string;
  readonly from?: string;
}

export const command = defineCommand<ExportFlags>({
  description:
    'Writes messages, photos, contacts and the rest out of the backup of an iPhone, from any snapshot on any destination that survives. ' +
    'Only what is needed is read. Every export ends with its counts: rows read, exported and skipped, and why. No file is ever replaced.',
  examples: [
    ['export messages latest:annas-iphone --to messages', 'a page for each conversation, with pictures'],
    ['export messages 2026-03 --with "Ben" --to ben --format txt', 'one conversation as it was at the end of March'],
    ['export contacts latest --with "Ben Okafor" --to ben', 'one contact, as a vCard'],
    ['export photos latest --by album --since 2026-01-01 --to photos', 'the originals of this year, with their dates'],
    ['export app latest net.whatsapp.WhatsApp --to whatsapp', 'the documents of one app'],
    ['export files latest HomeDomain/Library/SMS --to raw', 'any part of the phone, as it is'],
  ],
  exits: [1, 2, 3, 10, 12],
  exitWords: {
    1: 'failed; no such app, domain or path is in the backup',
    3: 'partial: the backup has something that could not be read, or --with found nobody',
  },
  stopping: 'stopping; what was written stays',
  configure: (command) =>
    void addInsideOptions(command)
      .addArgument(new Argument('<kind>', 'what to export').choices(exportKinds))
      .argument('<snapshot>', 'beginning of an id, latest, latest:SOURCE, or a date')
      .argument('[what]', 'of app: its identifier; of files: a domain and a path in it')
      .option('-t, --to <folder>', 'where to')
      .option('-f, --format <format>', 'how; what fits best when left out')
      .option('--with <person>', 'only with this person: part of a name, a number or an address')
      .option('--since <date>', 'only from this day or time on, e.g. 2026-01-31', parseMoment)
      .option('--until <date>', 'only to the end of this day, or to this time', parseMoment)
      .option(
        '--time-zone <zone>',
        'in which times are written and days counted, e.g. Europe/Berlin; that of this machine when left out',
      )
      .option('--no-files', 'only the records, without pictures, recordings and other files')
      .addOption(
        new Option('--by <folders>', 'of photos: how they are sorted').choices(['year', 'album', 'year-and-album']),
      )
      .option('--note-password-file <file>', 'file whose first line is the password of locked notes')
      .option('--from <destination>', 'read from this destination and no other'),
  async run(context, { args: [kind, snapshot, what], options }) {
    const { runExport } = await import('../inside/run-export.ts');
    return runExport(context, {
      kind: kind as (typeof exportKinds)[number],
      snapshot: String(snapshot),
      what: what as string | undefined,
      flags: options,
    });
  },
});
