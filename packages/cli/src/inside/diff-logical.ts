import { BackupError, printable } from '@triplicate/core';
import { compareBackups, differenceText, type Difference } from '@triplicate/ios-backup';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Line } from '../json/types.ts';
import type { CommandContext } from '../program/command.ts';
import { phoneWords, snapshotWords } from '../render/export.ts';
import type { InsideFlags } from './inside-flags.ts';
import { openInside } from './open-inside.ts';

export interface LogicalDiff {
  readonly before: string;
  readonly after: string;
  readonly path: unknown;
  readonly flags: InsideFlags;
}

/** What happened in a phone between two snapshots, in the words of a person. What could not be compared is said: exit 3. */
export const diffLogical = async (
  context: CommandContext,
  { before, after, path, flags }: LogicalDiff,
): Promise<ExitCode> => {
  const { output, signal } = context;
  if (path !== undefined)
    throw new BackupError('USAGE', 'with --logical whole phones are compared', { hint: 'leave the path out' });
  await using inside = await openInside(context, { flags });
  const old = await inside.open(before);
  await using older = old.backup;
  const now = await inside.open(after);
  await using newer = now.backup;
  for (const [{ snapshot }, phone] of [
    [old, older],
    [now, newer],
  ] as const)
    output.say(`${snapshotWords(snapshot, output.talkStyle)}: ${phoneWords(phone.info)}`);
  if (older.info.udid !== newer.info.udid) output.note('the two snapshots are of different devices');
  const gaps: string[] = [];
  const differences = await inside.bars.during(() =>
    compareBackups(older, newer, { signal, gap: (what) => gaps.push(what) }),
  );
  const { style } = output;
  const paint = { added: style.good, removed: style.bad, changed: style.caution };
  for (const difference of differences) {
    await output.result(paint[difference.change](printable(differenceText(difference))));
    await output.line(differenceLine(difference));
  }
  if (differences.length === 0)
    await output.result(
      style.faint(
        gaps.length > 0
          ? 'no difference in what could be compared'
          : 'no difference in apps, messages, WhatsApp, contacts, notes, photos, dates, reminders or documents',
      ),
    );
  for (const what of gaps) {
    await output.line({ type: 'gap', snapshot: now.snapshot.id, message: what });
    output.note(`not compared: ${printable(what)}`);
  }
  return gaps.length > 0 ? exitCodes.partial : exitCodes.ok;
};

const differenceLine = (difference: Difference): Line<'difference'> => ({
  type: 'difference',
  kind: difference.kind,
  change: difference.change,
  ...(difference.where === undefined ? {} : { where: difference.where }),
  ...(difference.file === undefined ? {} : { file: difference.file }),
  count: difference.count,
  examples: [...difference.examples],
  text: differenceText(difference),
});
