/** A phone's backup is whole when every file that its Manifest names is in the snapshot. */
import { join } from 'node:path';
import { bytesFromText, type BytePath } from '../bytes.ts';
import { restoreToFolder } from '../restore/restore.ts';
import type { Session } from '../run/session.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { findNode } from '../snapshot/tree-reader.ts';
import { databaseProblem, isDatabase, namedFiles } from './databases.ts';

/** The first of many are enough to tell. */
const mostTold = 10;

/** Empty for other sources, and for an encrypted backup, whose Manifest only the phone's password opens. */
export const manifestProblems = async (
  session: Pick<Session, 'reader' | 'trees' | 'pipeline'>,
  snapshot: ListedSnapshot,
  scratch: string,
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
  if (!(await isDatabase(file))) return [];
  const wrong = databaseProblem(file);
  if (wrong !== undefined) return [wrong];
  const missing: string[] = [];
  for (const [shard, ids] of Map.groupBy(namedFiles(file), (id) => id.slice(0, 2))) {
    const inner = await reader.node(bytesFromText(`${base}/${shard}`) as BytePath);
    const nodes = inner?.subtree === undefined ? [] : await session.trees.read(inner.subtree);
    missing.push(...ids.filter((id) => findNode(nodes, id) === undefined));
  }
  return missing.slice(0, mostTold).map((id) => `it names ${id.slice(0, 2)}/${id}, which is not there`);
};
