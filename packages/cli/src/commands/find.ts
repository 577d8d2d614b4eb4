import { openSession } from '../compose/open-session.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatCount, formatTimestamp, shortId } from '../output/format.ts';
import { addLogicalOptions, refuseInside, type InsideFlags } from '../inside/inside-flags.ts';
import { defineCommand } from '../program/command.ts';
import { collectText } from '../program/options.ts';
import { formatEntry, nodeLine } from '../render/node.ts';

interface FindFlags extends InsideFlags {
  readonly logical?: boolean;
  readonly snapshot?: readonly string[];
  readonly source?: string;
  readonly long?: boolean;
  readonly ignoreCase?: boolean;
}

export const command = defineCommand<FindFlags>({
  description:
    'Looks for names in every snapshot, the newest first. A pattern matches a name anywhere; with a slash in front it begins at the root; ' +
    '** stands for any number of folders. With --logical it looks for words in the messages, notes and contacts of phones, and says in which ' +
    'snapshot each was last.',
  examples: [
    ['find "*.docx"', 'every document in every snapshot'],
    ['find -i "*invoice*" --source documents', 'whatever the case, in one source'],
    ['find "/home/anna/Photos/**/IMG_0412.*" --snapshot latest', 'in one snapshot'],
    ['find --logical "door code"', 'a message, even one that was deleted since: an older snapshot has it'],
  ],
  exits: [1, 2, 10, 12],
  onlyPrints: true,
  configure: (command) =>
    void addLogicalOptions(command)
      .argument('<pattern...>', 'e.g. "*.jpg"; several find what matches any of them')
      .option('--snapshot <snapshot>', 'only in this one (may be repeated)', collectText)
      .option('--source <name>', 'only in snapshots of this source')
      .option('-l, --long', 'with mode, owner, size and time')
      .option('-i, --ignore-case', 'upper and lower case are the same'),
  async run(context, { args: [patterns], options }) {
    if (options.logical === true) {
      const { findLogical } = await import('../inside/find-logical.ts');
      return findLogical(context, { words: patterns as readonly string[], flags: options });
    }
    await refuseInside(options);
    const { BackupError, findSnapshot, refuseUnknownSources } = await import('@triplicate/core');
    const { findEntries } = await import('../look/find-entries.ts');
    const { createMatcher } = await import('../look/glob.ts');
    const { output, signal } = context;
    const matches = createMatcher(patterns as readonly string[], { ignoreCase: options.ignoreCase ?? false });
    await using session = await openSession(context);
    if (options.source !== undefined) refuseUnknownSources(session, [options.source]);
    const named = options.snapshot?.map((wanted) => findSnapshot(session.snapshots, wanted));
    const chosen = (named ?? session.snapshots.toReversed()).filter(
      ({ source }) => options.source === undefined || source === options.source,
    );
    if (chosen.length === 0)
      throw new BackupError('NOT_FOUND', 'there is no such snapshot', { hint: '`triplicate snapshots` lists them' });
    const style = output.style;
    let total = 0;
    for (const snapshot of chosen) {
      let found = 0;
      for await (const { path, node } of findEntries(session, snapshot, { matches, signal })) {
        if (found === 0)
          await output.result(style.faint(`in ${shortId(snapshot.id)} of ${formatTimestamp(snapshot.file.time)}`));
        found += 1;
        await output.line(nodeLine(snapshot.id, path, node));
        await output.result(`  ${formatEntry(path, node, { long: options.long ?? false, style })}`);
      }
      total += found;
    }
    if (total === 0) output.say(nothingFound(patterns as readonly string[], chosen.length));
    return exitCodes.ok;
  },
});

/** A pattern without a wildcard is a whole name, which is not what everybody expects. */
const nothingFound = (patterns: readonly string[], snapshots: number): string => {
  const named = patterns.map((pattern) => `"${pattern}"`).join(' or ');
  const plain = patterns.find((pattern) => !/[*?[/]/.test(pattern));
  const why = plain === undefined ? '' : `; a pattern is a whole name: "*${plain}*" finds it inside of one`;
  return `nothing matches ${named} in ${formatCount(snapshots, 'snapshot')}${why}`;
};
