import type { BytePath } from '../bytes.ts';
import { CtimeAnswers, settledBefore } from '../posix/ctime-tells.ts';
import { type FolderCalls, folderCalls } from '../posix/folder-calls.ts';
import { type EntryOwner, OwnerNames } from '../posix/owners.ts';
import { ownerJson } from '../repository/node-encode.ts';
import type { BlobTable } from './blob-table.ts';
import type { FolderFindings } from './folder-findings.ts';
import {
  emptyAt,
  isWrittenAt,
  jsonAt,
  listAt,
  listBytes,
  namesAt,
  namesBytes,
  ownAt,
  pathAt,
  recordsAt,
  recordsBytes,
  rowsAt,
  spareAt,
  statx,
} from './folder-kernel/layout.ts';
import { FolderMemory } from './folder-memory.ts';
import { type EntryQuestions, FolderWalk } from './folder-walk.ts';
import type { FolderToLookAt, LookOrders } from './messages.ts';

export interface ScannedFolder {
  /** `undefined` when next to nothing is as the tree says. */
  readonly found: FolderFindings | undefined;
  /** Each byte of the tree is known to be as we would write it. */
  readonly isWritten: boolean;
}

/** The least room that the next record of a list may need, and what is asked for at a time. */
const leastRoom = 1024;
const nsPerSecond = 1_000_000_000n;

/**
 * Compares a folder of this machine with a tree in a kernel, entry by entry only where something is not plain: for Linux, and where the ctime answers for extended
 * attributes. It says what `FolderLook` says, and nothing of folders that it was not made for.
 */
export class FolderScan {
  readonly #walk: FolderWalk;
  readonly #calls: FolderCalls;
  readonly #memory: FolderMemory;
  readonly #marks: readonly number[];
  readonly #owners = new OwnerNames();
  /** Whose text the kernel has, and where that ends. */
  #owner: EntryOwner | undefined;
  #ownerEnd = 0;
  readonly #ctime = new CtimeAnswers(undefined);

  // oxlint-disable-next-line max-params -- what it is made of
  private constructor(
    table: Pick<BlobTable, 'neededBy'>,
    calls: FolderCalls,
    memory: FolderMemory,
    marks: readonly number[],
  ) {
    this.#walk = new FolderWalk(table, calls, memory);
    this.#calls = calls;
    this.#memory = memory;
    this.#marks = marks;
  }

  /** `undefined` where it cannot be had, or could say nothing. */
  static create(this: void, table: Pick<BlobTable, 'neededBy'>, rules: LookOrders): FolderScan | undefined {
    const settled = rules.attributesReadAt === undefined ? 0n : settledBefore(rules.attributesReadAt) / nsPerSecond;
    const calls = settled > 0n ? folderCalls() : undefined;
    const memory = calls && FolderMemory.create();
    const marks = memory?.putMarks(rules.marks);
    if (calls === undefined || memory === undefined || marks === undefined) return undefined;
    memory.putSettled(settled);
    return new FolderScan(table, calls, memory, marks);
  }

  at({ localPath, tree }: FolderToLookAt, ask: EntryQuestions): ScannedFolder | undefined {
    if (!this.#memory.putPath(localPath)) return undefined;
    const folder = this.#calls.open(this.#address(pathAt));
    if (folder < 0) return undefined;
    try {
      return this.#isUsual(folder, localPath) ? this.#compare(folder, tree, ask) : undefined;
    } catch {
      // Whoever asked goes through it by himself, and says what it is.
      return undefined;
    } finally {
      this.#calls.close(folder);
    }
  }

  #address(at: number): number {
    return this.#memory.base + at;
  }

  /** Its file system is one whose ctime tells, and it has an owner such as most of what is in it. */
  #isUsual(folder: number, localPath: BytePath): boolean {
    if (this.#calls.statSelf(folder, this.#address(emptyAt), this.#address(ownAt)) !== 0) return false;
    const word = (field: number): number => this.#memory.word(ownAt + field);
    const device = (BigInt(word(statx.device)) << 32n) | BigInt(word(statx.device + 4));
    const tells = this.#ctime.tell(device, () => Buffer.from(localPath, 'latin1'));
    return tells && this.#knowsOwner(word(statx.owner), word(statx.owner + 4));
  }

  #knowsOwner(uid: number, gid: number): boolean {
    const owner = this.#owners.of(uid, gid);
    if (owner !== this.#owner) {
      this.#owner = owner;
      // A node has no empty names.
      this.#ownerEnd = owner.user === '' || owner.group === '' ? 0 : this.#memory.putOwner(`",${ownerJson(owner)}`);
    }
    return this.#ownerEnd > 0;
  }

  #compare(folder: number, tree: Uint8Array, ask: EntryQuestions): ScannedFolder | undefined {
    const { functions } = this.#memory;
    const listEnd = this.#list(folder);
    const namesEnd = listEnd && functions.list(listAt, listEnd, namesAt, namesAt + namesBytes);
    if (namesEnd === 0 || this.#marks.some((mark) => functions.find(mark, namesAt, namesEnd) !== 0)) return undefined;
    const treeEnd = this.#memory.putTree(tree);
    if (treeEnd === 0) return undefined;
    const last = functions.tree(jsonAt, treeEnd, recordsAt, recordsAt + recordsBytes, this.#ownerEnd);
    if (last === 0) return undefined;
    const names = functions.sort(namesAt, namesEnd, spareAt);
    const rowsEnd = functions.match(names, names + namesEnd - namesAt, recordsAt, last, rowsAt);
    const isWritten = this.#memory.word(isWrittenAt) !== 0;
    return { found: this.#walk.over(folder, rowsEnd, { tree, ask }), isWritten };
  }

  /** All of it into the memory; gives its end, 0 when it cannot be read or there is no room for it. */
  #list(folder: number): number {
    let end = listAt;
    for (;;) {
      const room = listAt + listBytes - end;
      const read = room < leastRoom ? -1 : this.#calls.list(folder, this.#address(end), room);
      if (read < 0) return 0;
      if (read === 0) return end;
      end += read;
    }
  }
}
