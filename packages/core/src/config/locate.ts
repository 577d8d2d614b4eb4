import { isAlias, isMap, isScalar, isSeq, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import type { KeyPath } from './problem.ts';

/**
 * The offset in the text of the value (or key) at `path`, through aliases and merge keys. What is not there, because it is missing, is
 * said to be where the nearest part above it is.
 */
export const locate = (document: Document.Parsed, path: KeyPath, what: 'key' | 'value'): number => {
  let node: Node | null = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, part] of path.entries()) {
    const parent = resolve(node, document);
    const last = depth === path.length - 1;
    if (isMap(parent)) {
      const pair = findPair(parent, String(part), document);
      if (pair === undefined) return offset;
      const key = startOf(pair.key);
      node = asNode(pair.value);
      // A container begins somewhere on the next line; its key is what a person looks for.
      const scalar = node !== null && !isMap(node) && !isSeq(node) && !isEmpty(node);
      offset = (last && what === 'value' && scalar ? startOf(node) : key) ?? offset;
    } else if (isSeq(parent)) {
      node = asNode(parent.items[Number(part)]);
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
};

const asNode = (value: unknown): Node | null => (value ?? null) as Node | null;
const startOf = (node: unknown): number | undefined =>
  (node as { range?: [number, number, number] } | null)?.range?.[0];
const isEmpty = (node: Node): boolean => isScalar(node) && node.source === '';
const resolve = (node: Node | null, document: Document.Parsed): Node | null =>
  isAlias(node) ? (node.resolve(document) ?? null) : node;

/** Enough for every merge of a merge that a person writes; a circle ends there. */
const deepestMerge = 16;

const findPair = (map: YAMLMap, key: string, document: Document.Parsed, depth = 0): Pair | undefined => {
  // Of two that are equal, the later one holds.
  const own = map.items.findLast((pair) => nameOf(pair.key) === key);
  if (own !== undefined || depth > deepestMerge) return own;
  for (const merged of map.items.filter((pair) => nameOf(pair.key) === '<<')) {
    const value = resolve(asNode(merged.value), document);
    for (const part of isSeq(value) ? value.items : [value]) {
      const from = resolve(asNode(part), document);
      const found = isMap(from) ? findPair(from, key, document, depth + 1) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
};

const nameOf = (key: unknown): string => String(isScalar(key) ? key.value : key);
