import { BackupError, isBackupError, type EventSink, type ListedSnapshot, type Session } from '@triplicate/core';
import type { IosBackup, OpenBackupOptions } from '@triplicate/ios-backup';
import { shortId } from '../output/format.ts';
import { treePathOf } from '../program/tree-path.ts';
import type { InsideParts } from './open-inside.ts';

export interface OpenPhoneParts extends InsideParts {
  readonly session: Session;
}

/** The phone whose backup is in a snapshot of any source; nothing when there is none. */
export const openPhone = async (snapshot: ListedSnapshot, parts: OpenPhoneParts): Promise<IosBackup | undefined> => {
  const { session, context, bars, passwords, cacheFolder, keyring } = parts;
  const { findBackupRoots, openBackup, SnapshotFiles } = await import('@triplicate/ios-backup');
  const { signal } = context;
  const reader = session.reader(snapshot);
  const roots = await findBackupRoots(reader, snapshot.file.paths.map(treePathOf), { signal });
  const root = chooseRoot(roots, snapshot, parts);
  if (root === undefined) return undefined;
  const files = new SnapshotFiles(reader, root);
  const options: OpenBackupOptions = {
    signal,
    catalogs: session.sealedCache(cacheFolder),
    keyring,
    progress: tellProgress(bars.emit),
  };
  const open = (password?: string): Promise<IosBackup> => openBackup(files, { ...options, password });
  const name = `snapshot ${shortId(snapshot.id)}`;
  const phone = (await openPlain(open)) ?? (await passwords.tryAll(snapshot.source, name, open));
  for (const damage of phone.manifest.damage ?? [])
    context.output.warn(new BackupError('CORRUPT', `the list of the phone's files in ${name}: ${damage}`));
  return phone;
};

/** Nobody is asked for the password of a backup that has none. */
const openPlain = async (open: () => Promise<IosBackup>): Promise<IosBackup | undefined> => {
  try {
    return await open();
  } catch (error) {
    if (isBackupError(error, 'WRONG_PASSWORD')) return undefined;
    throw error;
  }
};

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const bare = (udid: string): string => udid.replaceAll('-', '').toLowerCase();

const chooseRoot = (
  roots: readonly string[],
  snapshot: ListedSnapshot,
  { flags }: OpenPhoneParts,
): string | undefined => {
  const wanted = flags.device;
  const fitting = wanted === undefined ? roots : roots.filter((root) => bare(lastPart(root)).startsWith(bare(wanted)));
  const [only, ...others] = fitting;
  if (roots.length === 0 || (only !== undefined && others.length === 0)) return only;
  const names = roots.map(lastPart).join(', ');
  const what = only === undefined ? `there is no device "${wanted}"` : `there are ${fitting.length} devices`;
  throw new BackupError('USAGE', `${what} in snapshot ${shortId(snapshot.id)}`, {
    hint: `choose one with --device: ${names}`,
  });
};

const tellProgress =
  (emit: EventSink): OpenBackupOptions['progress'] =>
  ({ step, done, total }) =>
    emit({
      type: 'work-progress',
      work: 'list of files',
      progress: { done, total, unit: step === 'fetching' ? 'bytes' : 'files' },
    });
