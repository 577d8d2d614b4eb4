import { type ByteName, textFromBytes } from '../bytes.ts';
import { corrupt } from './corrupt.ts';
import { JsonReader } from './json-reader.ts';
import type { Node } from './node.ts';
import { decodeNode } from './node-decode.ts';
import { encodeNode } from './node-encode.ts';

/** What a tree from outside may cost. */
export interface TreeLimits {
  /** Bytes of JSON. */
  readonly maxBytes: number;
  readonly maxNodes: number;
}

/** Room for a folder of over half a million files; a string of Node's cannot be longer than 512 MiB. */
export const treeLimits: TreeLimits = { maxBytes: 384 * 1024 * 1024, maxNodes: 2_000_000 };

/** So many nodes are joined to one string before they become bytes: long enough to be fast, short enough to stay in the cache. */
const batch = 256;

export const beginsTree = '{"nodes":[';
export const endsTree = ']}\n';

/**
 * The JSON of a tree, byte for byte as restic (0.17 to 0.19) writes it. CORRUPT when the nodes are not in strict byte order or one of
 * them could not be read back: a bad name, a file without content, a folder without a tree.
 */
export const encodeTree = (nodes: readonly Node[]): Buffer => {
  const parts: Buffer[] = [];
  let text = beginsTree;
  let previous: ByteName | undefined;
  for (const [index, node] of nodes.entries()) {
    if (previous !== undefined && node.name <= previous) throw outOfOrder(previous, node.name);
    previous = node.name;
    if (index > 0) text += ',';
    text += encodeNode(node);
    if (index % batch === batch - 1) {
      parts.push(Buffer.from(text, 'latin1'));
      text = '';
    }
  }
  parts.push(Buffer.from(text + endsTree, 'latin1'));
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
};

const outOfOrder = (before: ByteName, after: ByteName): Error =>
  corrupt(
    before === after
      ? `the tree has "${textFromBytes(after)}" twice`
      : `the tree has "${textFromBytes(after)}" after "${textFromBytes(before)}"`,
  );

/**
 * The nodes of a tree in byte order, whatever order they came in. Unknown fields are passed over. CORRUPT when it is no tree, exceeds
 * `limits`, or holds a name that could leave its folder or stands there twice. The nodes may share memory with one another: who keeps a
 * few of many for long copies them.
 */
export const decodeTree = (json: Uint8Array, limits: TreeLimits = treeLimits): Node[] => {
  const nodes: Node[] = [];
  readTree(json, limits, (node) => {
    nodes.push(node);
    return true;
  });
  return inOrder(nodes);
};

/** `from` and `to`: where the node stands in the JSON, but for white space before it. */
export type VisitNode = (node: Node, from: number, to: number) => boolean;

/**
 * Gives the nodes of a tree one by one, in whatever order they stand there, for as long as `visit` wants more; gives whether it did to the
 * end. What can be wrong is CORRUPT as with `decodeTree`, but names are not compared with one another.
 */
export const readTree = (json: Uint8Array, limits: TreeLimits, visit: VisitNode): boolean => {
  if (json.byteLength > limits.maxBytes) throw corrupt(`the tree is larger than ${limits.maxBytes} bytes`);
  const reader = new JsonReader(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('latin1'));
  let found = false;
  reader.beginObject();
  for (let key = reader.key(); key !== undefined; key = reader.key()) {
    if (key !== 'nodes' || reader.null()) {
      reader.skip();
      continue;
    }
    if (found) throw corrupt('the tree has two lists of nodes');
    found = true;
    if (!readNodes(reader, limits, visit)) return false;
  }
  reader.end();
  if (!found) throw corrupt('the tree has no list of nodes');
  return true;
};

/** One node of a tree, which stands there. It shares no memory with the others. */
export const decodeNodeAt = (json: Uint8Array, from: number, to: number): Node =>
  decodeNode(new JsonReader(Buffer.from(json.buffer, json.byteOffset + from, to - from).toString('latin1')));

const readNodes = (reader: JsonReader, { maxNodes }: TreeLimits, visit: VisitNode): boolean => {
  reader.beginArray();
  for (let count = 0; reader.element(); count += 1) {
    if (count === maxNodes) throw corrupt(`the tree has more than ${maxNodes} nodes`);
    const from = reader.at;
    const node = decodeNode(reader);
    if (!visit(node, from, reader.at)) return false;
  }
  return true;
};

const inOrder = (nodes: Node[]): Node[] => {
  if (isSorted(nodes)) return nodes;
  nodes.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (let i = 1; i < nodes.length; i += 1) {
    const [before, after] = [nodes[i - 1], nodes[i]];
    if (before && after && before.name === after.name) throw outOfOrder(before.name, after.name);
  }
  return nodes;
};

const isSorted = (nodes: readonly Node[]): boolean => {
  let previous = '';
  for (const { name } of nodes) {
    if (name <= previous) return false;
    previous = name;
  }
  return true;
};
