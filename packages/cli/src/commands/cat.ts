import { exitCodes } from '../exit-codes.ts';
import { openSession } from '../compose/open-session.ts';
import { addLogicalOptions, refuseInside, type InsideFlags } from '../inside/inside-flags.ts';
import { defineCommand } from '../program/command.ts';

interface CatFlags extends InsideFlags {
  readonly logical?: boolean;
}

export const command = defineCommand<CatFlags>({
  description:
    'Writes the content of one file of a snapshot to the standard output, every piece verified before it is written. With --logical a file ' +
    'of an iPhone by its name there, decrypted where the backup is encrypted.',
  examples: [
    ['cat latest /home/anna/letter.txt', 'read it here'],
    ['cat 2026-11-29 /home/anna/photo.jpg > photo.jpg', 'as it was at the end of that day'],
    ['cat --logical latest:annas-iphone HomeDomain/Library/SMS/sms.db > sms.db', 'a file of a phone'],
  ],
  exits: [1, 2, 3, 10, 12],
  onlyPrints: true,
  configure: (command) =>
    void addLogicalOptions(command)
      .argument('<snapshot>', 'beginning of an id, latest, latest:SOURCE, or a date')
      .argument('<path>', 'a file in it'),
  async run(context, { args: [wanted, path], options }) {
    const { BackupError, findSnapshot } = await import('@triplicate/core');
    const { typedPathOf } = await import('../program/tree-path.ts');
    const { output, signal } = context;
    if (output.json) throw new BackupError('USAGE', 'a file has no JSON form', { hint: 'leave --json out' });
    if (options.logical === true) {
      const { catLogical } = await import('../inside/cat-logical.ts');
      return catLogical(context, { wanted: String(wanted), path: String(path), flags: options });
    }
    await refuseInside(options);
    await using session = await openSession(context);
    const snapshot = findSnapshot(session.snapshots, String(wanted));
    const reader = session.reader(snapshot);
    const node = await reader.node(typedPathOf(String(path)));
    if (node?.type !== 'file') {
      const what =
        node === undefined ? 'nothing stands at' : `there is ${kinds[node.type] ?? 'something else'}, and no file, at`;
      throw new BackupError('NOT_FOUND', `${what} "${String(path)}" in snapshot ${snapshot.id.slice(0, 8)}`, {
        hint: '`triplicate ls` and `triplicate find` show what is there',
      });
    }
    for await (const bytes of reader.read(node, { signal })) await output.raw(bytes);
    return exitCodes.ok;
  },
});

const kinds: Readonly<Record<string, string>> = { dir: 'a folder', symlink: 'a link' };
