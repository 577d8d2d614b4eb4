import type { ByteName } from '../bytes.ts';
import type { FolderCalls } from '../posix/folder-calls.ts';
import type { Node } from '../repository/node.ts';
import { decodeNodeAt } from '../repository/tree.ts';
import type { BlobTable } from './blob-table.ts';
import { FolderFindings } from './folder-findings.ts';
import { idAt, jsonAt, kind, record, rowBytes, rowsAt, statAt } from './folder-kernel/layout.ts';
import type { FolderMemory } from './folder-memory.ts';

/** What rules are asked of. */
export interface RuledEntry {
  readonly isFolder: boolean;
  /** Of a file. */
  readonly fileSize: number | bigint | undefined;
}

/** What is asked about the entries of a folder that are not plain. */
export interface EntryQuestions {
  /** Whether it is the same; of a folder: but perhaps for what is in it. */
  isAsBefore(node: Node): boolean;
  isNewLeftOut(name: ByteName): boolean;
  /** By rules; absent where there are none. */
  readonly isLeftOut: ((name: ByteName, entry: RuledEntry) => boolean) | undefined;
}

/** A name of the list and a node of the tree: where the one stands, and the record of the other. */
interface Matched {
  readonly name: number;
  readonly node: number;
  readonly found: FolderFindings;
}

interface About {
  readonly tree: Uint8Array;
  readonly ask: EntryQuestions;
}

const idDigits = 64;
/** Goes through what the kernel found of a folder and of its tree, and asks for the attributes of what stands in both. */
export class FolderWalk {
  readonly #table: Pick<BlobTable, 'neededBy'>;
  readonly #calls: FolderCalls;
  readonly #memory: FolderMemory;

  constructor(table: Pick<BlobTable, 'neededBy'>, calls: FolderCalls, memory: FolderMemory) {
    this.#table = table;
    this.#calls = calls;
    this.#memory = memory;
  }

  /** The rows up to an address, in byte order; `undefined` when next to nothing is the same. An error when a node is none, or is not what the kernel took it for. */
  over(folder: number, rowsEnd: number, about: About): FolderFindings | undefined {
    const memory = this.#memory;
    const found = new FolderFindings();
    for (let row = rowsAt; row < rowsEnd; row += rowBytes) {
      const name = memory.word(row);
      const node = memory.word(row + 4);
      if (node === 0) {
        const text = memory.name(name);
        if (!this.#isAgain(text, row) && !about.ask.isNewLeftOut(text)) found.other(text);
      } else if (name === 0) {
        if (memory.word(node + record.kind) === kind.other) this.#nodeOf(node, about.tree);
        found.gone();
      } else {
        this.#entry(folder, { name, node, found }, about);
        if (found.areMany) return undefined;
      }
    }
    return found;
  }

  /** Whether the row before is of the same name: a file system may list one twice, when it is damaged or a file took the place of another meanwhile. */
  #isAgain(name: ByteName, row: number): boolean {
    const before = row > rowsAt ? this.#memory.word(row - rowBytes) : 0;
    return before !== 0 && this.#memory.name(before) === name;
  }

  #entry(folder: number, { name, node, found }: Matched, { tree, ask }: About): void {
    const memory = this.#memory;
    const from = memory.word(node + record.from) - jsonAt;
    const to = memory.word(node + record.to) - jsonAt;
    const plain = memory.word(node + record.kind);
    const isSame =
      plain !== kind.other &&
      this.#calls.stat(folder, this.#memory.base + name, this.#memory.base + statAt) === 0 &&
      memory.functions.judge(node, statAt) !== 0;
    if (!isSame) {
      const decoded = this.#nodeOf(node, tree);
      if (ask.isAsBefore(decoded)) found.same(decoded, from, to);
      else found.other(decoded.name, from, to);
      return;
    }
    const isFolder = plain === kind.folder;
    const size = isFolder ? undefined : memory.word(node + record.size) + memory.word(node + record.size + 4) * 2 ** 32;
    if (
      (!isFolder && !this.#isKnown(node)) ||
      ask.isLeftOut?.(memory.name(name), { isFolder, fileSize: size }) === true
    ) {
      found.other(memory.name(name), from, to);
    } else if (isFolder) {
      found.sameFolder(memory.name(name), memory.text(memory.word(node + record.ids), idDigits), { from, to });
    } else {
      found.sameFile(size ?? 0, { from, to });
    }
  }

  /** By the rules of JSON; what it is otherwise than the kernel sees it is an error. */
  #nodeOf(node: number, tree: Uint8Array): Node {
    const memory = this.#memory;
    const decoded = decodeNodeAt(
      tree,
      memory.word(node + record.from) - jsonAt,
      memory.word(node + record.to) - jsonAt,
    );
    if (decoded.name !== memory.name(memory.word(node + record.name))) throw new TypeError('a node with two names');
    return decoded;
  }

  #isKnown(node: number): boolean {
    const { words, id } = this.#memory;
    const first = this.#memory.word(node + record.ids) >> 2;
    const end = first + this.#memory.word(node + record.idCount) * id.length;
    for (let at = first; at < end; at += id.length) {
      words.copyWithin(idAt >> 2, at, at + id.length);
      if (this.#table.neededBy(id, false) !== 0) return false;
    }
    return true;
  }
}
