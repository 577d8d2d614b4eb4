/** The promise that is held after every step: what a sound replica lists can be had from it alone, byte for byte. */
import { Session } from '../../src/run/session.ts';
import type { ListedSnapshot } from '../../src/snapshot/snapshot-list.ts';
import { readContent } from '../../src/snapshot/snapshot-reader.ts';
import { walkTree } from '../../src/snapshot/walk-tree.ts';
import { collect } from '../../src/body.ts';
import { toBackupError } from '../../src/errors.ts';
import type { Place } from './place.ts';
import type { ModelFiles } from './sources.ts';
import type { World } from './world.ts';

/** What was read already: the same objects need not be read again. */
export class Seen {
  readonly #read = new Map<string, string>();
  reads = 0;

  isKnown(place: Place, snapshot: string): boolean {
    return this.#read.get(`${place.name} ${snapshot}`) === fingerprint(place);
  }

  add(place: Place, snapshot: string): void {
    this.reads += 1;
    this.#read.set(`${place.name} ${snapshot}`, fingerprint(place));
  }
}

const fingerprint = ({ store }: Place): string =>
  [...store.keys()].filter((key) => key.startsWith('data/') || key.startsWith('index/')).join('\n');

/** Notes what snapshots hold that a run has made, said or unsaid: while nothing has changed since, that is known. */
export const learnNew = async (world: World): Promise<void> => {
  const fresh = [...world.snapshots].filter((id) => !world.contents.has(id));
  if (fresh.length === 0) return;
  await using session = await Session.open(world.pipeline(), { lock: 'read' });
  for (const { id, source } of session.snapshots) world.learn(id, source);
};

/** Everything that is broken; empty when the promise holds on every sound replica. */
export const brokenPromises = async (world: World, seen: Seen): Promise<string[]> => {
  const wrong: string[] = [];
  for (const place of world.clean) {
    const listed = world.listed(place);
    if (listed.every((id) => world.contents.has(id) && seen.isKnown(place, id))) continue;
    await using session = await Session.open(world.pipeline(), { lock: 'read', only: new Set([place.name]) });
    const unread = listed.filter((id) => !session.snapshots.some((snapshot) => snapshot.id === id));
    wrong.push(...unread.map((id) => `${place.name} lists ${id.slice(0, 8)}, which cannot be read`));
    for (const snapshot of session.snapshots) {
      const expected = world.learn(snapshot.id, snapshot.source);
      if (seen.isKnown(place, snapshot.id)) continue;
      const found = await difference(session, snapshot, expected);
      if (found === undefined) seen.add(place, snapshot.id);
      else wrong.push(`${place.name}: snapshot ${snapshot.id.slice(0, 8)} of ${snapshot.source}: ${found}`);
    }
  }
  return wrong;
};

/** The first thing that is not as it should be. */
export const difference = async (
  session: Session,
  { file }: ListedSnapshot,
  expected: ModelFiles,
): Promise<string | undefined> => {
  const { signal } = session.pipeline;
  let count = 0;
  try {
    for await (const { path, node } of walkTree(session.trees, file.tree)) {
      if (node.type !== 'file') continue;
      count += 1;
      const bytes = await collect(readContent(session.blobs, node.content ?? [], { signal }));
      if (
        expected.get(path)?.bytes.byteLength !== bytes.byteLength ||
        !bytes.equals(expected.get(path)?.bytes ?? bytes)
      ) {
        return `"${path}" has other bytes`;
      }
    }
  } catch (error) {
    return toBackupError(error).message;
  }
  return count === expected.size ? undefined : `it has ${count} files instead of ${expected.size}`;
};
