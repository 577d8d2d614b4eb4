/** A phone's backup is whole when every file that its Manifest names is in the snapshot. */
import { join } from 'node:path';
import { bytesFromText, type BytePath } from '../bytes.ts';
import { throwIfAborted, toBackupError } from '../errors.ts';
import { restoreToFolder } from '../restore/restore.ts';
import type { Session } from '../run/session.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { findNode } from '../snapshot/tree-reader.ts';
import { databaseProblem, isDatabase, namedFiles } from './databases.ts';

/** The first of many are enough to tell. */
const mostTold = 10;

/** Ids of the files that the encrypted Manifest of a snapshot names; `undefined` where its password is not known. */
export type OpenManifest = (session: Session, snapshot: ListedSnapshot) => Promise<readonly string[] | undefined>;

export interface ManifestParts {
  /** An existing folder. */
  readonly scratch: string;
  /** Without it an encrypted Manifest is not looked into. */
  readonly openManifest?: OpenManifest | undefined;
}

/** Empty for other sources, and for an encrypted backup whose Manifest nobody opens. */
export const manifestProblems = async (
  session: Session,
  snapshot: ListedSnapshot,
  { scratch, openManifest }: ManifestParts,
): Promise<string[]> => {
  const [folder] = snapshot.file.paths.filter((path) => path.startsWith('/MobileSync/'));
  if (folder === undefined) return [];
  const base = folder.slice(1);
  const reader = session.reader(snapshot);
  const path = bytesFromText(`${base}/Manifest.db`) as BytePath;
  if ((await reader.node(path)) === undefined) return ['it is not in the snapshot'];
  const { signal } = session.pipeline;
  await restoreToFolder(reader, scratch, { paths: [path], owners: 'never', signal });
  const file = join(scratch, base, 'Manifest.db');
  if (!(await isDatabase(file))) {
    try {
      return await missingOf((await openManifest?.(session, snapshot)) ?? [], base, { session, snapshot });
    } catch (error) {
      throwIfAborted(signal);
      return [`it cannot be opened: ${toBackupError(error).message}`];
    }
  }
  const wrong = databaseProblem(file);
  if (wrong !== undefined) return [wrong];
  return missingOf(namedFiles(file), base, { session, snapshot });
};

const missingOf = async (
  named: readonly string[],
  base: string,
  { session, snapshot }: { readonly session: Session; readonly snapshot: ListedSnapshot },
): Promise<string[]> => {
  const reader = session.reader(snapshot);
  const missing: string[] = [];
  for (const [shard, ids] of Map.groupBy(named, (id) => id.slice(0, 2))) {
    const inner = await reader.node(bytesFromText(`${base}/${shard}`) as BytePath);
    const nodes = inner?.subtree === undefined ? [] : await session.trees.read(inner.subtree);
    missing.push(...ids.filter((id) => findNode(nodes, id) === undefined));
  }
  return missing.slice(0, mostTold).map((id) => `it names ${id.slice(0, 2)}/${id}, which is not there`);
};
