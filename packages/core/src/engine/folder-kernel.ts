import { assemble } from '../transform/wasm/assembler.ts';
import { functionNames, type Functions } from './folder-kernel/functions.ts';
import { judge } from './folder-kernel/judge.ts';
import { compare, find, list, match, merge, sort } from './folder-kernel/names.ts';
import { contents, plain, rest, same } from './folder-kernel/nodes.ts';
import { minute, time } from './folder-kernel/times.ts';
import { name, tree } from './folder-kernel/trees.ts';

// Reads a folder's list and the tree that a snapshot has of it, and compares them. JavaScript is as quick at it once it is optimised, which takes as long as a short run.

const functions: Functions = {
  compare,
  list,
  merge,
  sort,
  find,
  match,
  minute,
  time,
  rest,
  same,
  contents,
  plain,
  name,
  tree,
  judge,
};

export const assembleFolderScan = (): Uint8Array<ArrayBuffer> =>
  assemble(
    { least: 1 },
    functionNames.map((each) => functions[each]),
  );
