import { exitCodes } from '../exit-codes.ts';
import { openSession } from '../compose/open-session.ts';
import { defineCommand } from '../program/command.ts';

export const command = defineCommand<unknown>({
  description:
    'Writes the content of one file of a snapshot to the standard output, every piece verified before it is written.',
  examples: [
    ['cat latest /home/anna/letter.txt', 'read it here'],
    ['cat 2026-11-29 /home/anna/photo.jpg > photo.jpg', 'as it was at the end of that day'],
  ],
  exits: [1, 2, 10, 12],
  onlyPrints: true,
  configure: (command) =>
    void command
      .argument('<snapshot>', 'beginning of an id, latest, latest:SOURCE, or a date')
      .argument('<path>', 'a file in it'),
  async run(context, { args: [wanted, path] }) {
    const { BackupError, findSnapshot } = await import('@triplicate/core');
    const { treePathOf } = await import('../program/tree-path.ts');
    const { output, signal } = context;
    if (output.json) throw new BackupError('USAGE', 'a file has no JSON form', { hint: 'leave --json out' });
    await using session = await openSession(context);
    const snapshot = findSnapshot(session.snapshots, String(wanted));
    const reader = session.reader(snapshot);
    const node = await reader.node(treePathOf(String(path)));
    if (node?.type !== 'file') {
      const what = node === undefined ? 'nothing stands at' : 'there is no file, but something else, at';
      throw new BackupError('NOT_FOUND', `${what} "${String(path)}" in snapshot ${snapshot.id.slice(0, 8)}`, {
        hint: '`triplicate ls` and `triplicate find` show what is there',
      });
    }
    for await (const bytes of reader.read(node, { signal })) await output.raw(bytes);
    return exitCodes.ok;
  },
});
