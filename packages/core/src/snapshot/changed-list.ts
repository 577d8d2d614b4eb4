import type { ListPart } from '../engine/messages.ts';
import type { Node } from '../repository/node.ts';
import { encodeNode } from '../repository/node-encode.ts';
import { beginsTree, endsTree } from '../repository/tree.ts';

/** Behind the id of a folder's tree, its node has a quote and a bracket. */
const idLength = 64;
const afterId = 2;

/** A folder whose node ends there in the JSON of a list. */
type FolderAt = Required<Pick<ListPart, 'tree' | 'to'>>;

const idAt = (list: Buffer, { tree, to }: FolderAt): number => {
  const at = to - afterId - idLength;
  if (list.toString('latin1', at, at + idLength) !== tree) throw new TypeError('no tree where a folder names one');
  return at;
};

/** A copy of the JSON of a list in which these folders have other trees; the same bytes as of all its nodes, where it was written so. */
export const withTrees = (
  list: Uint8Array,
  changed: Iterable<readonly [folder: FolderAt, subtree: string]>,
): Buffer => {
  // In memory of its own, as threads take it.
  const copy = Buffer.from(new Uint8Array(list).buffer);
  for (const [folder, subtree] of changed) copy.write(subtree, idAt(copy, folder), idLength, 'latin1');
  return copy;
};

/** The JSON of a folder's list, made of pieces of the one before and of new nodes; the same bytes as of all its nodes. */
export class ChangedList {
  readonly #before: Buffer;
  readonly #pieces: Uint8Array[] = [];
  #text = beginsTree;
  #isFirst = true;

  constructor(before: Uint8Array) {
    this.#before = Buffer.from(before.buffer, before.byteOffset, before.byteLength);
  }

  keep({ from, to }: ListPart): void {
    this.#separate();
    this.#copy(from, to);
  }

  /** The folder with another tree. */
  keepFolder({ tree = '', from, to }: ListPart, subtree: string): void {
    const at = idAt(this.#before, { tree, to });
    this.#separate();
    this.#copy(from, at);
    this.#text += subtree;
    this.#copy(at + idLength, to);
  }

  add(node: Node): void {
    this.#separate();
    this.#text += encodeNode(node);
  }

  end(): Buffer {
    this.#text += endsTree;
    this.#flush();
    return Buffer.concat(this.#pieces);
  }

  #separate(): void {
    if (!this.#isFirst) this.#text += ',';
    this.#isFirst = false;
  }

  #copy(from: number, to: number): void {
    this.#flush();
    this.#pieces.push(this.#before.subarray(from, to));
  }

  #flush(): void {
    if (this.#text !== '') this.#pieces.push(Buffer.from(this.#text, 'latin1'));
    this.#text = '';
  }
}
