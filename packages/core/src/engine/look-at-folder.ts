import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { platform } from 'node:os';
import { type ByteName, type BytePath, bufferFromBytes, joinBytes } from '../bytes.ts';

import type { PathRules } from '../pattern/path-rules.ts';
import { CtimeAnswers } from '../posix/ctime-tells.ts';
import { systemCode } from '../posix/errno.ts';
import { OwnerNames } from '../posix/owners.ts';
import { readXattrs } from '../posix/xattr.ts';
import type { Node } from '../repository/node.ts';
import { encodeNode } from '../repository/node-encode.ts';
import { endsTree, readTree, treeLimits } from '../repository/tree.ts';
import type { BlobTable } from './blob-table.ts';
import { FolderFindings } from './folder-findings.ts';
import { FolderScan } from './folder-scan.ts';
import type { EntryQuestions, RuledEntry } from './folder-walk.ts';
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
  /** For most folders, where it can be had. */
  readonly #scan: Pick<FolderScan, 'at'> | undefined;

  private constructor(
    table: Pick<BlobTable, 'neededBy'>,
    rules: LookOrders,
    patterns: PathRules | undefined,
    scan?: Pick<FolderScan, 'at'>,
  ) {
    this.#table = table;
    this.#scan = scan;
    this.#rules = rules;
    this.#marks = new Set(rules.marks);
    this.#ctime = new CtimeAnswers(rules.attributesReadAt);
    this.#patterns = patterns;
    this.#hasRules = patterns !== undefined || rules.excludeLargerThan !== undefined;
  }

  /** `createScan`: what compares most folders in less time and says the same. */
  static async open(
    table: Pick<BlobTable, 'neededBy'>,
    rules: LookOrders,
    createScan: (
      ...from: Parameters<typeof FolderScan.create>
    ) => Pick<FolderScan, 'at'> | undefined = FolderScan.create,
  ): Promise<FolderLook> {
    const hasPatterns = rules.patterns.length > 0;
    // A library that few need.
    const patterns = hasPatterns && (await import('../pattern/path-rules.ts')).searchRules(rules.patterns, rules);
    return new FolderLook(table, rules, patterns || undefined, createScan(table, rules));
  }

  /**
   * Whether it is in another file system than the folder that it stands in, where a run stays in one: to list it may mount what is on another machine, or
   * wait for that. A configured path may be such a folder too.
   */
  isLeftAlone({ localPath }: Pick<FolderToLookAt, 'localPath'>): boolean {
    if (!this.#rules.oneFileSystem) return false;
    const above = localPath.slice(0, Math.max(1, localPath.lastIndexOf('/'))) as BytePath;
    try {
      return lstat(localPath)?.dev !== lstat(above)?.dev;
    } catch {
      return true;
    }
  }

  /** What the folder holds; `undefined` when that cannot be told, or next to nothing is as the tree says: who looks himself finds, and tells, what it is. */
  at(folder: FolderToLookAt): LookedFolder | undefined {
    try {
      const scanned = this.#scan?.at(folder, this.#questions(folder));
      if (scanned === undefined) return this.#compare(folder);
      const looked = lookedOf(scanned.found, () => scanned.isWritten || isAsWritten(folder.tree));
      return looked && scanned.isWritten && isPatchable(looked, folder) ? { ...looked, isWritten: true } : looked;
    } catch {
      return undefined;
    }
  }

  #questions({ path, localPath }: FolderToLookAt): EntryQuestions {
    const placeOf = (name: ByteName): EntryPlace => ({
      path: joinBytes(path, name),
      localPath: joinBytes(localPath, name),
      folder: localPath,
    });
    let own: BigIntStats | undefined;
    return {
      isAsBefore: (node) => {
        own ??= lstat(localPath);
        return own !== undefined && this.#isAsBefore(node, placeOf(node.name), own);
      },
      isNewLeftOut: (name) => {
        const at = placeOf(name);
        return this.#isNewLeftOut(at.path, at.localPath);
      },
      isLeftOut: this.#hasRules ? (name, entry) => this.#isLeftOut(joinBytes(path, name), entry) : undefined,
    };
  }

  #compare({ path, localPath, tree }: FolderToLookAt): LookedFolder | undefined {
    // A file system may list a name twice, when it is damaged or a file took the place of another meanwhile.
    const names = [...new Set(readdirSync(fsName(localPath), { encoding: 'latin1' }) as ByteName[])].sort();
    const own = lstat(localPath);
    if (!own?.isDirectory() || names.some((name) => this.#marks.has(name))) return undefined;
    const found = new FolderFindings();
    let next = 0;
    let last: ByteName | undefined;
    /** What is not in the tree, up to a name. */
    const findNew = (end: ByteName | undefined): void => {
      for (let name = names[next]; name !== undefined && (end === undefined || name < end); name = names[++next]) {
        if (!this.#isNewLeftOut(joinBytes(path, name), joinBytes(localPath, name))) found.other(name);
      }
    };
    const isInOrder = readTree(tree, treeLimits, (node, from, to) => {
      const { name } = node;
      if (last !== undefined && name <= last) return false;
      last = name;
      findNew(name);
      if (names[next] !== name) {
        found.gone();
        return true;
      }
      next += 1;
      const at = { path: joinBytes(path, name), localPath: joinBytes(localPath, name), folder: localPath };
      if (this.#isAsBefore(node, at, own)) found.same(node, from, to);
      else found.other(name, from, to);
      return !found.areMany;
    });
    if (!isInOrder) return undefined;
    findNew(undefined);
    return lookedOf(found, () => isAsWritten(tree));
  }

  /** By the rules; one that is gone is not. */
  #isNewLeftOut(path: BytePath, localPath: BytePath): boolean {
    const stat = this.#hasRules ? lstat(localPath) : undefined;
    return stat !== undefined && this.#isLeftOut(path, ruledEntry(stat));
  }

  /** Of a folder: but perhaps for what is in it. */
  #isAsBefore(node: Node, at: EntryPlace, folder: BigIntStats): boolean {
    try {
      const stat = lstat(at.localPath);
      if (stat === undefined || !this.#isSame(node, at.localPath, stat)) return false;
      // A link stands in the file system of its folder, and leads to any.
      const within = stat.isSymbolicLink() ? at.folder : at.localPath;
      if (!this.#ctime.areSame(stat, () => fsName(within)) && this.#hasXattrs(at.localPath, stat.dev)) return false;
      if (this.#hasRules && this.#isLeftOut(at.path, ruledEntry(stat))) return false;
      return node.subtree === undefined || !this.#rules.oneFileSystem || stat.dev === folder.dev;
    } catch {
      return false;
    }
  }

  #isLeftOut(path: BytePath, { isFolder, fileSize }: RuledEntry): boolean {
    const { excludeLargerThan: largest } = this.#rules;
    if (this.#patterns?.judge(path, isFolder) === 'excluded') return true;
    return largest !== undefined && fileSize !== undefined && fileSize > largest;
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

interface EntryPlace {
  /** As it stands in the snapshot. */
  readonly path: BytePath;
  readonly localPath: BytePath;
  /** The one that it stands in. */
  readonly folder: BytePath;
}

const ruledEntry = (stat: BigIntStats): RuledEntry => ({
  isFolder: stat.isDirectory(),
  fileSize: stat.isFile() ? stat.size : undefined,
});

/** `undefined` where next to nothing is the same, or what is could not be copied. */
const lookedOf = (found: FolderFindings | undefined, isCopied: () => boolean): LookedFolder | undefined =>
  found?.isSame === true || (found?.areMany === false && isCopied()) ? found.looked : undefined;

/** Whether ids of trees in a list can become others; of one whose nodes, and all that is before them, are as we would write them. */
const isPatchable = ({ folders, parts }: LookedFolder, { tree }: FolderToLookAt): boolean =>
  folders.length > 0 && parts === undefined && tree.at(-1) === endsTree.charCodeAt(endsTree.length - 1);

/** Whether a tree has each byte of its nodes as we would write it: what stays of them can be copied then. */
const isAsWritten = (tree: Uint8Array): boolean => {
  const bytes = Buffer.from(tree.buffer, tree.byteOffset, tree.byteLength);
  let next = 0;
  return readTree(tree, treeLimits, (node, from, to) => {
    const follows = next === 0 || from === next;
    next = to + 1;
    return follows && bytes.toString('latin1', from, to) === encodeNode(node);
  });
};

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
