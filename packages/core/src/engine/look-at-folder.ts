import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { platform } from 'node:os';
import { type ByteName, type BytePath, bufferFromBytes, joinBytes } from '../bytes.ts';

import type { PathRules } from '../pattern/path-rules.ts';
import { CtimeAnswers } from '../posix/ctime-tells.ts';
import { systemCode } from '../posix/errno.ts';
import { OwnerNames } from '../posix/owners.ts';
import { readXattrs } from '../posix/xattr.ts';
import type { Node } from '../repository/node.ts';
import { readTree, treeLimits } from '../repository/tree.ts';
import type { BlobTable } from './blob-table.ts';
import { passingIdWords } from './ids.ts';
import type { FolderToLookAt, LookedFolder, LookOrders } from './messages.ts';
import { isSameEntry, isSameFolderOrLink, isUnchanged } from './same-entry.ts';

/** Compares folders of this machine with what a snapshot has of them. */
export class FolderLook {
  readonly #table: Pick<BlobTable, 'neededBy'>;
  readonly #rules: LookOrders;
  readonly #marks: ReadonlySet<string>;
  readonly #patterns: PathRules | undefined;
  /** Something can be left out. */
  readonly #hasRules: boolean;
  readonly #owners = new OwnerNames();
  /** Devices whose file system has no extended attributes. */
  readonly #withoutXattrs = new Set<bigint>();
  readonly #ctime: CtimeAnswers;

  private constructor(table: Pick<BlobTable, 'neededBy'>, rules: LookOrders, patterns: PathRules | undefined) {
    this.#table = table;
    this.#rules = rules;
    this.#marks = new Set(rules.marks);
    this.#ctime = new CtimeAnswers(rules.attributesReadAt);
    this.#patterns = patterns;
    this.#hasRules = patterns !== undefined || rules.excludeLargerThan !== undefined;
  }

  static async open(table: Pick<BlobTable, 'neededBy'>, rules: LookOrders): Promise<FolderLook> {
    const hasPatterns = rules.patterns.length > 0;
    // A library that few need.
    const patterns = hasPatterns && (await import('../pattern/path-rules.ts')).searchRules(rules.patterns, rules);
    return new FolderLook(table, rules, patterns || undefined);
  }

  /**
   * What the folder holds when all of it is as the tree says, but perhaps for what its folders hold; `undefined` when anything is not, or
   * cannot be told: who looks at it himself finds, and tells, what it is.
   */
  at(folder: FolderToLookAt): LookedFolder | undefined {
    try {
      return this.#compare(folder);
    } catch {
      return undefined;
    }
  }

  #compare({ path, localPath, tree }: FolderToLookAt): LookedFolder | undefined {
    const names = (readdirSync(fsName(localPath), { encoding: 'latin1' }) as ByteName[]).sort();
    const own = lstat(localPath);
    if (!own?.isDirectory() || names.some((name) => this.#marks.has(name))) return undefined;
    const folders: { name: ByteName; tree: string }[] = [];
    let [files, bytes, next] = [0, 0, 0];
    /** Steps over what is left out, up to a name; false when there is anything else. */
    const stepsTo = (end: ByteName | undefined): boolean => {
      for (; next < names.length && names[next] !== end; next += 1) {
        const name = names[next] as ByteName;
        const stat = this.#hasRules ? lstat(joinBytes(localPath, name)) : undefined;
        if (stat === undefined || !this.#isLeftOut(joinBytes(path, name), stat)) return false;
      }
      return end === undefined || next < names.length;
    };
    const isSame = readTree(tree, treeLimits, (node) => {
      if (!stepsTo(node.name)) return false;
      next += 1;
      const at = joinBytes(localPath, node.name);
      const stat = lstat(at);
      if (stat === undefined || !this.#isSame(node, at, stat)) return false;
      // A link stands in the file system of its folder, and leads to any.
      const within = stat.isSymbolicLink() ? localPath : at;
      if (!this.#ctime.areSame(stat, () => fsName(within)) && this.#hasXattrs(at, stat.dev)) return false;
      if (this.#hasRules && this.#isLeftOut(joinBytes(path, node.name), stat)) return false;
      if (node.type === 'file') {
        files += 1;
        bytes += node.size ?? 0;
      } else if (node.subtree !== undefined) {
        if (this.#rules.oneFileSystem && stat.dev !== own.dev) return false;
        folders.push({ name: node.name, tree: node.subtree });
      }
      return true;
    });
    return isSame && stepsTo(undefined) ? { files, bytes, folders } : undefined;
  }

  #isLeftOut(path: BytePath, stat: BigIntStats): boolean {
    const { excludeLargerThan: largest } = this.#rules;
    if (this.#patterns?.judge(path, stat.isDirectory()) === 'excluded') return true;
    return largest !== undefined && stat.isFile() && stat.size > BigInt(largest);
  }

  /** But for extended attributes that the snapshot knows nothing of. */
  #isSame(node: Node, localPath: BytePath, stat: BigIntStats): boolean {
    if (node.extendedAttributes !== undefined) return false;
    const owner = this.#owners.of(Number(stat.uid), Number(stat.gid));
    if (stat.isFile()) {
      if (!isUnchanged(node, stat, { ignoreInode: false, ignoreCtime: false })) return false;
      if (!isSameEntry(node, 'file', stat, owner) || !this.#isKnown(node)) return false;
    } else {
      if (!isSameFolderOrLink(node, stat, owner)) return false;
      if (node.type === 'symlink' && readlinkSync(fsName(localPath), { encoding: 'latin1' }) !== node.linkTarget)
        return false;
    }
    return true;
  }

  #isKnown({ content = [] }: Node): boolean {
    return content.every((id) => this.#table.neededBy(passingIdWords(id), false) === 0);
  }

  #hasXattrs(localPath: BytePath, device: bigint): boolean {
    if (this.#withoutXattrs.has(device)) return false;
    try {
      return readXattrs(localPath) !== undefined;
    } catch (error) {
      if (systemCode(error) !== 'ENOTSUP') throw error;
      this.#withoutXattrs.add(device);
      return false;
    }
  }
}

const windows = platform() === 'win32';
const beyondAscii = /[\u0080-\u00ff]/;

/** As `node:fs` takes it: what is ASCII is the same as text, and costs no buffer. */
const fsName = (path: BytePath): Buffer | string => {
  if (!beyondAscii.test(path)) return path;
  const bytes = bufferFromBytes(path);
  return windows ? bytes.toString('utf8') : bytes;
};

const lstat = (path: BytePath): BigIntStats | undefined =>
  lstatSync(fsName(path), { bigint: true, throwIfNoEntry: false });
