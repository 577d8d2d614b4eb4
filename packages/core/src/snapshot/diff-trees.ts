import { joinBytes, textFromBytes, type ByteName, type BytePath } from '../bytes.ts';
import { BackupError } from '../errors.ts';
import type { Node } from '../repository/node.ts';
import type { SnapshotReader } from '../source/source.ts';
import type { TreeReader } from './tree-reader.ts';

/** What became of one entry between two trees. */
export interface Difference {
  readonly path: BytePath;
  /** `changed`: other content or type; `touched`: only attributes, extended ones (ACLs and capabilities are such) among them. */
  readonly change: 'added' | 'removed' | 'changed' | 'touched';
  readonly before?: Node;
  readonly after?: Node;
}

/** What became of whatever stands at `path`, and of all that is in it. NOT_FOUND when nothing stands there in either snapshot. */
export async function* diffSnapshots(
  trees: TreeReader,
  before: SnapshotReader,
  after: SnapshotReader,
  path: BytePath,
): AsyncIterable<Difference> {
  const a = await before.node(path);
  const b = await after.node(path);
  if (!a && !b) {
    const both = `snapshot ${before.id.slice(0, 8)} nor in ${after.id.slice(0, 8)}`;
    throw new BackupError('NOT_FOUND', `nothing stands at "/${textFromBytes(path)}", neither in ${both}`, {
      hint: '`triplicate ls SNAPSHOT` shows where a snapshot begins',
    });
  }
  const change = changeOf(a, b);
  if (change) yield { path, change, ...(a ? { before: a } : {}), ...(b ? { after: b } : {}) };
  yield* diffTrees(trees, a?.subtree, b?.subtree, path);
}

/** Every difference in byte order of the paths; equal trees are not opened. A folder that was added or removed tells all that is in it. */
export async function* diffTrees(
  trees: TreeReader,
  before: string | undefined,
  after: string | undefined,
  path: BytePath = '' as BytePath,
): AsyncIterable<Difference> {
  if (before === after) return;
  const old = before === undefined ? [] : await trees.read(before);
  const now = after === undefined ? [] : await trees.read(after);
  for (const { name, a, b } of pairs(old, now)) {
    const at = joinBytes(path, name);
    const change = changeOf(a, b);
    if (change) yield { path: at, change, ...(a ? { before: a } : {}), ...(b ? { after: b } : {}) };
    yield* diffTrees(trees, a?.subtree, b?.subtree, at);
  }
}

function* pairs(
  old: readonly Node[],
  now: readonly Node[],
): Generator<{ name: ByteName; a: Node | undefined; b: Node | undefined }> {
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    const a = old[i];
    const b = now[j];
    if (a && (!b || a.name <= b.name)) i += 1;
    if (b && (!a || b.name <= a.name)) j += 1;
    if (a && b && a.name === b.name) yield { name: a.name, a, b };
    else if (a && (!b || a.name < b.name)) yield { name: a.name, a, b: undefined };
    else if (b) yield { name: b.name, a: undefined, b };
  }
}

const changeOf = (a: Node | undefined, b: Node | undefined): Difference['change'] | undefined => {
  if (!a || !b) return a ? 'removed' : 'added';
  if (a.type !== b.type || a.linkTarget !== b.linkTarget) return 'changed';
  if (a.type === 'file' && a.content?.join() !== b.content?.join()) return 'changed';
  return haveSameAttributes(a, b) ? undefined : 'touched';
};

const haveSameAttributes = (a: Node, b: Node): boolean =>
  a.mode === b.mode &&
  a.mtime === b.mtime &&
  a.uid === b.uid &&
  a.gid === b.gid &&
  a.genericAttributes === b.genericAttributes &&
  haveSameExtended(a.extendedAttributes ?? [], b.extendedAttributes ?? []);

type Extended = NonNullable<Node['extendedAttributes']>;

/** The system lists them in any order. */
const haveSameExtended = (a: Extended, b: Extended): boolean => {
  const values = new Map(a.map(({ name, value }) => [name, Buffer.from(value)]));
  return a.length === b.length && b.every(({ name, value }) => values.get(name)?.equals(value) === true);
};
