import type { ByteName, BytePath } from '../bytes.ts';
import type { SeenCopy } from '../coverage/elsewhere.ts';
import type { CallOptions } from '../destination/destination.ts';
import type { BackupError } from '../errors.ts';
import type { EntryOwner } from '../posix/owners.ts';
import type { Node } from '../repository/node.ts';

/** Where bytes come from. */
export interface Source extends AsyncDisposable {
  /** What is backed up, for people, e.g. `/home/ann` or `Anna's iPhone`. */
  readonly label: string;
  /** What every snapshot of this source carries; parent, `latest:NAME` and retention group by it (with the tag `source:NAME`). */
  readonly identity: {
    readonly host: string;
    readonly paths: readonly string[];
    readonly excludes?: readonly string[];
  };
  /** Whether `capture` starts from an empty tree and names everything, or from the previous snapshot and names the changes. */
  readonly base: 'empty' | 'previous';
  /** Writes one snapshot into `builder`, in whatever order the source has it. */
  capture(builder: SnapshotBuilder, options: CaptureOptions): Promise<CaptureResult>;
  /** Looks whether each part that the options name could be read now, without reading it; `doctor` and `status` ask. Absent where that says nothing. */
  lookAtParts?(options: CallOptions): Promise<readonly SourcePart[]>;
}

export interface SourcePart {
  /** For people, e.g. a path. */
  readonly what: string;
  /** Why it cannot be read; NOT_FOUND when it is not there. */
  readonly error?: BackupError;
  /** Nothing is in it: where something was, its disk may not be there. */
  readonly isEmpty?: boolean;
}

/** How much there is. */
export interface ExpectedTotal {
  readonly files: number;
  readonly bytes: number;
  /** So much is known already, and more is being found: nothing to reckon a share or the time left from. */
  readonly counting?: boolean;
}

export interface CaptureOptions extends CallOptions {
  /** What is to be done in all; may be called often, and the last word counts. */
  readonly expect: (total: ExpectedTotal) => void;
  /** A sentence for the screen while the source waits for a person, e.g. "enter the passcode on Anna's iPhone"; `undefined` ends it. */
  readonly waiting: (what: string | undefined) => void;
  /** What the destinations can still take; a phone asks. */
  readonly freeBytes?: () => Promise<number | undefined>;
}

export interface CaptureResult {
  /** Why the snapshot is not whole, e.g. `not restorable to a device`; absent when it is. Added to the snapshot as a tag. */
  readonly incomplete?: string;
  /**
   * Why all of its content is another than before although nobody destroyed it, e.g. `Anna's iPhone encrypts its backup now`. Such a
   * snapshot gets a tag; that its files were rewritten raises no alarm then, and the snapshots before it are held back all the same.
   */
  readonly renewed?: string;
  /** Copies of the same that are not ours and that the source knows of: the phone itself, its iCloud backup. */
  readonly seen?: readonly SeenCopy[];
}

/** A regular file that the workers open and read themselves. */
export interface LocalFile {
  /** Absolute, as bytes. Opened with O_NOFOLLOW. */
  readonly localPath: BytePath;
  /** The file that was looked at: another one under that name is reported as unreadable, not read. */
  readonly inode: bigint;
  readonly device: bigint;
}

export type Kept = 'kept' | 'read-it';

/** What of a folder counts, for who looks at it in the source's stead. */
export interface LookRules {
  /** Patterns of what is left out, and the folders that those count from: see `searchRules`. */
  readonly patterns: readonly string[];
  readonly home: string;
  readonly base: string;
  /** In bytes. */
  readonly excludeLargerThan: number | undefined;
  readonly oneFileSystem: boolean;
  /** A folder that holds one of these names has rules of its own: only the source can look at it. */
  readonly marks: readonly ByteName[];
}

/** A folder of this machine, compared with what the previous snapshot has of it. */
export interface ComparedFolder {
  /** Its tree in the previous snapshot. */
  readonly tree: string;
  /** Those that are the same, and what they hold. */
  readonly files: number;
  readonly bytes: number;
  /** Those that are the same but perhaps for what is in them: in byte order, with their trees in the previous snapshot. */
  readonly folders: readonly ComparedChild[];
  /** What else is there, in byte order. What is neither here nor in `folders`, and no file that is the same, is gone or left out. */
  readonly others: readonly OtherEntry[];
}

export interface ComparedChild {
  readonly name: ByteName;
  readonly tree: string;
  /** All that is in it was looked at, at any depth, and is the same: it is taken with the folder that it stands in, and nobody has to go there. */
  readonly within?: SameWithin;
}

/** What a folder holds at any depth. */
export interface SameWithin {
  /** With itself. */
  readonly folders: number;
  readonly files: number;
  readonly bytes: number;
}

/** It is new, or not as the previous snapshot has it, or that cannot be told. */
export interface OtherEntry {
  readonly name: ByteName;
  /** What the previous snapshot has by this name. */
  readonly before: Node | undefined;
}

/** Looks at folders in threads, several at a time. */
export interface FolderLooker {
  /**
   * Compares the folder at `localPath` (absolute) with `tree`, the one that the previous snapshot has at `path`: names, times, sizes, inodes, modes,
   * owners, extended attributes, targets of links; and whether every replica has, or gets, the content. `undefined` when that cannot be told, or
   * next to nothing is the same.
   */
  look(folder: {
    readonly path: BytePath;
    readonly localPath: BytePath;
    readonly tree: string;
  }): Promise<ComparedFolder | undefined>;
  /**
   * Takes what is the same in it into the snapshot as it was. Its `folders` that are not the same within are to be put, or kept, by themselves, and so are
   * its `others`; and then it has to be ended.
   */
  keep(path: BytePath, compared: ComparedFolder): Promise<void>;
}

/**
 * A tree under construction. Paths are relative, `/`-separated and can never leave the root; names are bytes.
 * With base `previous` it begins as the previous snapshot, else empty. Parents that were not put are made with default attributes.
 */
export interface SnapshotBuilder {
  readonly previous: SnapshotReader | undefined;
  /** For `CtimeAnswers`: when the extended attributes in `previous` were read here, in nanoseconds since 1970. Absent where others may be seen now. */
  readonly attributesReadAt?: bigint | undefined;
  putDirectory(path: BytePath, info: EntryInfo): Promise<void>;
  /** Nothing more comes inside `path`: it is sealed and forgotten, so memory does not grow with a tree that is walked in order. */
  endDirectory(path: BytePath): Promise<void>;
  putLink(path: BytePath, target: BytePath, info: EntryInfo): Promise<void>;
  /** A device node, fifo or socket: attributes only. */
  putSpecial(path: BytePath, type: 'dev' | 'chardev' | 'fifo' | 'socket', info: EntryInfo): Promise<void>;
  /**
   * `content` is a one-shot stream, or a local file. A local file is read later: this resolves once there is room for it, and a file that
   * cannot be read is reported as `unreadable` by the engine. A stream is consumed before this resolves; when it throws, nothing is put.
   */
  putFile(
    path: BytePath,
    info: EntryInfo,
    content: AsyncIterable<Uint8Array> | LocalFile,
    options: CallOptions,
  ): Promise<void>;
  /**
   * The content of `node` (of the previous snapshot) unchanged, with the attributes of `info`, or its own without: nothing is read.
   * `read-it` when a lane lacks a blob that no live sibling can give; nothing was put then. Said at once where nothing has to be waited for:
   * a promise for each of a million entries costs more than the entry.
   */
  keep(path: BytePath, node: Node, info?: EntryInfo): Kept | Promise<Kept>;
  /** Absent where there is nothing to compare with, or too little to be worth a thread. Base `empty` only. */
  looker?(rules: LookRules): FolderLooker | undefined;
  /** Renames a file or a folder with all that is in it; replaces what stands at `to`. Base `previous` only. */
  move(from: BytePath, to: BytePath): Promise<void>;
  /** Removes a file or a folder with all that is in it; nothing happens when there is none. Base `previous` only. */
  remove(path: BytePath): Promise<void>;
  /** What stands at `path` now, written by this run or by the previous snapshot; `undefined` when nothing does. */
  node(path: BytePath): Promise<Node | undefined>;
  list(path: BytePath): AsyncIterable<Node>;
  /** Reads back what stands at `path` now. */
  read(path: BytePath, options: ReadOptions): AsyncIterable<Uint8Array>;
  /** Could not be read: recorded, reported, and the run goes on (exit 3). */
  unreadable(path: BytePath, error: BackupError): void;
}

export interface ReadOptions extends CallOptions {
  readonly range?: { readonly offset: number; readonly length: number };
}

/** A finished snapshot. Every blob is verified before its bytes are given out. */
export interface SnapshotReader {
  readonly id: string;
  readonly time: string;
  /** The node at `path`, `undefined` when nothing stands there; the root is the empty path. */
  node(path: BytePath): Promise<Node | undefined>;
  /** The children of a folder in byte order; NOT_FOUND when there is no folder at `path`. */
  list(path: BytePath): AsyncIterable<Node>;
  /** The same in one piece, from a reader that has it so: a promise for each of many files costs time. */
  listed?(path: BytePath): Promise<readonly Node[]>;
  read(node: Node, options: ReadOptions): AsyncIterable<Uint8Array>;
}

export interface EntryInfo {
  /** Permission, setuid, setgid and sticky bits (07777); the kind of entry is said by the call. */
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly atimeNs?: bigint;
  readonly ctimeNs?: bigint;
  readonly size?: number;
  readonly owner?: EntryOwner;
  readonly inode?: bigint;
  readonly device?: bigint;
  readonly links?: bigint;
  readonly rdev?: bigint;
  readonly extendedAttributes?: ReadonlyMap<ByteName, Uint8Array>;
}

/** The way back to something that is not a folder, e.g. a phone. */
export interface RestoreTarget extends AsyncDisposable {
  readonly label: string;
  restore(snapshot: SnapshotReader, options: TargetOptions): Promise<void>;
}

export interface TargetOptions extends CaptureOptions {
  /** Set when the snapshot holds a part of what the target has: what is not in it stays as it is there. */
  readonly part?: RestoredPart;
  /**
   * Asked once: when all that can be refused early was looked at, and before anything on the target changes. Rejects when it must not be
   * changed.
   */
  readonly agree?: () => Promise<void>;
}

export interface RestoredPart {
  /** Apps whose documents are in it, by bundle identifier; each has to be installed on the target. */
  readonly apps: readonly string[];
}
