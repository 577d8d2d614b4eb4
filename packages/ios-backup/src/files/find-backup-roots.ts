import { joinBytes, textFromBytes, throwIfAborted } from '@triplicate/core';
import type { ByteName, BytePath, CallOptions, SnapshotReader } from '@triplicate/core';

/** A folder that is called after a device; iTunes appends the date to an older copy. */
const deviceFolder = /^[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{16,32}(-\d{8}-\d{6})?$/;
/** Where a person may have pointed a backup of the folder, and what is below it. */
const below = [[], ['Backup'], ['MobileSync', 'Backup']] as const;

/**
 * The folders with a MobileSync tree at `starts` or right where Finder and iTunes put them below; none when the snapshot is not of an
 * iPhone. As text, e.g. `MobileSync/00008110-001A2B3C4D5E6F70`.
 */
export const findBackupRoots = async (
  reader: SnapshotReader,
  starts: readonly BytePath[],
  { signal }: CallOptions,
): Promise<string[]> => {
  const found = new Set<string>();
  for (const start of starts) {
    for (const steps of below) {
      throwIfAborted(signal);
      const folder = steps.reduce<BytePath>((path, step) => joinBytes(path, step as ByteName), start);
      if (await hasManifest(reader, folder)) found.add(textFromBytes(folder));
      else for (const child of await deviceFolders(reader, folder)) found.add(textFromBytes(child));
    }
  }
  return [...found];
};

const hasManifest = async (reader: SnapshotReader, folder: BytePath): Promise<boolean> => {
  for (const name of ['Manifest.db', 'Manifest.mbdb']) {
    if ((await reader.node(joinBytes(folder, name as ByteName)))?.type === 'file') return true;
  }
  return false;
};

const deviceFolders = async (reader: SnapshotReader, folder: BytePath): Promise<BytePath[]> => {
  const node = await reader.node(folder);
  const found: BytePath[] = [];
  if (node?.type !== 'dir') return found;
  for await (const { name, type } of reader.list(folder)) {
    const child = joinBytes(folder, name);
    if (type === 'dir' && deviceFolder.test(name) && (await hasManifest(reader, child))) found.push(child);
  }
  return found;
};
