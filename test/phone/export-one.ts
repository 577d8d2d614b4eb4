/** Exports one conversation out of the newest snapshot, as the command does. */
import { type Pipeline, Session } from '@triplicate/core';
import { exportBackup, findBackupRoots, FolderSink, openBackup, SnapshotFiles } from '@triplicate/ios-backup';
import { treePathOf } from '../../packages/cli/src/program/tree-path.ts';
import { ours } from './two-chats.ts';

/** Into `target`; `cache` is where the list of files is kept. */
export const exportOne = async (pipeline: Pipeline, target: string, cache: string): Promise<void> => {
  const { signal } = pipeline;
  await using session = await Session.open(pipeline, { lock: 'read', sparing: true });
  const snapshot = session.snapshots.at(-1);
  if (!snapshot) throw new Error('no snapshot');
  const reader = session.reader(snapshot);
  const [root = ''] = await findBackupRoots(reader, snapshot.file.paths.map(treePathOf), { signal });
  await using phone = await openBackup(new SnapshotFiles(reader, root), {
    signal,
    catalogs: session.sealedCache(cache),
  });
  const report = await exportBackup(phone, { kind: 'messages', format: 'html', with: ours }, new FolderSink(target), {
    signal,
  });
  if (report.unreadable > 0) throw new Error('something could not be read');
};
