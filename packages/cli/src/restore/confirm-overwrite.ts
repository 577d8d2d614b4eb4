import { BackupError, type ListedSnapshot } from '@triplicate/core';
import { formatTimestamp, shortId } from '../output/format.ts';
import type { CommandContext } from '../program/command.ts';
import { openAsk } from '../prompt/ask.ts';
import type { RestoreCall } from './run-restore.ts';

export interface Overwrite {
  readonly snapshot: ListedSnapshot;
  /** What its owner calls the device. */
  readonly label: string;
  /** As the configuration and the command line say it together. */
  readonly settings: { readonly removeOthers?: boolean; readonly keepSettings?: boolean };
}

/** Asks a person at the terminal before a device is overwritten; ABORTED without consent. `--yes`, `--json` and scripts are not asked. */
export const confirmOverwrite = async (
  context: CommandContext,
  { flags }: RestoreCall,
  { snapshot, label, settings }: Overwrite,
): Promise<void> => {
  const { surroundings, output } = context;
  const isThere = surroundings.stdin.isTTY === true && output.talk.isTTY === true && !output.json;
  if (!isThere || flags.yes === true) return;
  const ask = await openAsk(context);
  ask.tell(flags.logical === true ? lossesOfPart(label) : lossesOf(label, settings));
  const what = flags.logical === true ? 'this part' : 'it';
  const { id, file } = snapshot;
  const question = `Snapshot ${shortId(id)} is of ${formatTimestamp(file.time)}. Put ${what} onto ${label}?`;
  if (await ask.confirm(question, false)) return;
  output.say(`nothing was changed on ${label}`);
  throw new BackupError('ABORTED', 'interrupted');
};

const lossesOfPart = (label: string): string =>
  `The named files replace those on ${label}; what came into them since is lost. Everything else on it stays.`;

const lossesOf = (label: string, { removeOthers = false, keepSettings = true }: Overwrite['settings']): string =>
  [
    `The snapshot replaces what ${label} holds: messages, photos and documents that came since may be lost.`,
    ...(removeOthers ? ['What is not in the snapshot is removed from it.'] : []),
    ...(keepSettings ? [] : ['Its settings become those of the snapshot.']),
    'To keep what it has now, make a backup of it first: triplicate backup.',
  ].join('\n');
