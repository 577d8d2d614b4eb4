import type { BytePath, Node, SnapshotReader } from '@triplicate/core';
import { exitCodes } from '../exit-codes.ts';
import { openSession } from '../compose/open-session.ts';
import { addLogicalOptions, refuseInside } from '../inside/inside-flags.ts';
import type { LogicalLsFlags } from '../inside/list-logical.ts';
import { defineCommand } from '../program/command.ts';
import { formatEntry, nodeLine } from '../render/node.ts';

interface LsFlags extends LogicalLsFlags {
  readonly logical?: boolean;
}

export const command = defineCommand<LsFlags>({
  description:
    'Lists what is in a folder of a snapshot; without a path, what is in the folders that were backed up. With --logical it looks inside ' +
    'the backup of an iPhone: its domains with their sizes, and the files under the names that they have on the phone.',
  examples: [
    ['ls latest', 'what the newest snapshot begins with'],
    ['ls latest:documents /home/anna/Documents --long', 'one folder, with sizes and times'],
    ['ls 4f1b --recursive', 'everything in the snapshot whose id begins so'],
    ['ls --logical latest:annas-iphone', 'the parts of a phone, with their sizes'],
    ['ls --logical latest:annas-iphone CameraRollDomain/Media/DCIM --long', 'a folder of the phone'],
    ['ls --logical latest:annas-iphone --apps', 'its apps, the largest first'],
  ],
  exits: [1, 2, 10, 12],
  onlyPrints: true,
  configure: (command) =>
    void addLogicalOptions(command)
      .argument('<snapshot>', 'beginning of an id, latest, latest:SOURCE, or a date')
      .argument('[path]', 'a folder or file in it')
      .option('-l, --long', 'with mode, owner, size and time')
      .option('-R, --recursive', 'and everything in the folders')
      .option('--apps', 'with --logical: apps by size'),
  async run(context, { args: [wanted, path], options }) {
    if (options.logical === true) {
      const { listLogical } = await import('../inside/list-logical.ts');
      return listLogical(context, { wanted: String(wanted), path: path as string | undefined, flags: options });
    }
    await refuseInside(options);
    const { findSnapshot } = await import('@triplicate/core');
    const { treePathOf, typedPathOf } = await import('../program/tree-path.ts');
    const { output, signal } = context;
    await using session = await openSession(context);
    const snapshot = findSnapshot(session.snapshots, String(wanted));
    const reader = session.reader(snapshot);
    const { long = false, recursive = false } = options;
    const starts = typeof path === 'string' ? [typedPathOf(path)] : snapshot.file.paths.map(treePathOf);
    for (const start of starts) {
      for await (const entry of entriesAt(reader, start, recursive)) {
        signal.throwIfAborted();
        await output.line(nodeLine(snapshot.id, entry.path, entry.node));
        await output.result(formatEntry(entry.path, entry.node, { long, style: output.style }));
      }
    }
    return exitCodes.ok;
  },
});

interface Entry {
  readonly path: BytePath;
  readonly node: Node;
}

/** A file itself, or what is in a folder. NOT_FOUND when there is neither. */
async function* entriesAt(reader: SnapshotReader, path: BytePath, recursive: boolean): AsyncIterable<Entry> {
  const { BackupError, joinBytes, textFromBytes } = await import('@triplicate/core');
  const node = await reader.node(path);
  if (!node) {
    const hint = '`triplicate ls` without a path shows where the snapshot begins';
    throw new BackupError(
      'NOT_FOUND',
      `nothing stands at "/${textFromBytes(path)}" in snapshot ${reader.id.slice(0, 8)}`,
      { hint },
    );
  }
  if (node.type !== 'dir') return yield { path, node };
  for await (const child of reader.list(path)) {
    const at = joinBytes(path, child.name);
    yield { path: at, node: child };
    if (recursive && child.type === 'dir') yield* entriesAt(reader, at, true);
  }
}
