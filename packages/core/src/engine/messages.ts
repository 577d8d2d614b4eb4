import type { BlobTableMemory } from './blob-table.ts';
import type { CompactFiles, CompactResults } from './compact-lists.ts';
import type { PackPoolMemory } from './pack-pool.ts';
import type { ByteName, BytePath } from '../bytes.ts';
import type { ErrorCode } from '../errors.ts';
import type { ComparedFolder, LookRules, SameWithin } from '../source/source.ts';
import type { PackPiece } from './held-trees.ts';

/** A transform as a worker loads it: one of our own by its name, any other by the URL of its module. */
export interface TransformSpec {
  readonly type: string;
  readonly options: unknown;
  readonly url?: string;
}

export interface WorkerSetup {
  readonly table: BlobTableMemory;
  readonly pool: PackPoolMemory;
  readonly masterKey: { readonly encrypt: Uint8Array; readonly macK: Uint8Array; readonly macR: Uint8Array };
  readonly chunker: TransformSpec;
  readonly codecs: readonly TransformSpec[];
  readonly polynomial: string;
  /** The secret that each transform's key is derived from. */
  readonly transformSecret: Uint8Array;
}

export interface FileJob {
  readonly localPath: string;
  readonly inode: bigint;
  readonly device: bigint;
}

/** What was found in a file or stream: its blobs, and what of it was new. */
export interface SealedContent {
  /** Blob ids, 32 bytes each. */
  readonly ids: Uint8Array;
  readonly size: number;
  readonly newBlobs: number;
  /** What they cost in the repository. */
  readonly newBytes: number;
  /** What they hold. */
  readonly newPlainBytes: number;
}

export type FileResult = SealedContent | { readonly failed: ErrorCode; readonly message: string };

/** The source's rules, and what the run knows. */
export interface LookOrders extends LookRules {
  /**
   * When the previous snapshot was begun, in nanoseconds since 1970, if it has all extended attributes that are seen now of what has not changed
   * since.
   */
  readonly attributesReadAt?: bigint | undefined;
}

/** A folder of this machine, and the JSON of the tree that it is compared with. */
export interface FolderToLookAt {
  /** As it stands in the snapshot. */
  readonly path: BytePath;
  readonly localPath: BytePath;
  readonly tree: Uint8Array;
}

/** What an answer says of a folder: who asked knows its tree. */
export interface LookedFolder extends Omit<ComparedFolder, 'tree' | 'others' | 'folders'> {
  readonly folders: readonly LookedChild[];
  /** What its list is made of now, in byte order; absent when all is the same. */
  readonly parts?: readonly ListPart[];
  /**
   * Each byte of its tree is known to be as we would write it: said where all is the same but perhaps for what its folders hold, so that other
   * ids of theirs can be put into it.
   */
  readonly isWritten?: true;
  /** The JSON of its tree, when nobody asked for it by itself, something has changed in it or in a folder in it, and it is no longer than `mostListBytes`. */
  readonly json?: Uint8Array;
}

/** A folder in a folder that was looked at: the same but perhaps for what is in it. */
export interface LookedChild {
  readonly name: ByteName;
  readonly tree: string;
  /** Where its node ends in the JSON of the tree that the folder was compared with. */
  readonly to: number;
  /** Absent when nobody looked inside. Of `looked`, `undefined` has the meaning that it has in an answer. */
  readonly inside?: { readonly same: SameWithin } | { readonly looked: LookedFolder | undefined };
}

/** A part of the list of a folder that has changed, and where that is in the JSON of the tree that it was compared with. */
export interface ListPart {
  /** Absent: entries that stay. `from` and `to` are then the ends of their nodes, which are as we would write them. */
  readonly name?: ByteName;
  /** Of a folder that is the same but perhaps for what is in it; absent for any other entry, of which nothing may be there (`from` is `to`). */
  readonly tree?: string;
  readonly from: number;
  readonly to: number;
}

/** Bytes in shared memory, which stay as they are until the answer. */
export interface Piece {
  readonly room: number;
  readonly offset: number;
  readonly length: number;
}

export type Request =
  | { readonly do: 'files'; readonly job: number; readonly files: CompactFiles }
  /** Memory that a thread shares with the main one from now on, under a number: sent each time, it would cost more than the rest of a message. */
  | { readonly do: 'room'; readonly room: number; readonly memory: SharedArrayBuffer }
  /** Pieces of one stream are sealed in the order in which they are sent. */
  | {
      readonly do: 'stream';
      readonly job: number;
      readonly stream: number;
      readonly piece: Piece;
      readonly last: boolean;
    }
  /** Whole contents of these sizes, one behind the other. */
  | { readonly do: 'contents'; readonly job: number; readonly piece: Piece; readonly sizes: readonly number[] }
  | { readonly do: 'drop-stream'; readonly stream: number }
  /** By rules that have a number, so that they are made ready once. */
  | {
      readonly do: 'look';
      readonly job: number;
      readonly rules: LookOrders;
      readonly ruleset: number;
      readonly folders: readonly FolderToLookAt[];
      /** Further pieces of packs in which trees may be that are in these. */
      readonly pieces: readonly PackPiece[];
    }
  | { readonly do: 'tree'; readonly job: number; readonly json: Uint8Array }
  | { readonly do: 'flush'; readonly job: number };

export type Reply =
  | { readonly did: 'files'; readonly job: number; readonly results: CompactResults }
  | { readonly did: 'stream'; readonly job: number; readonly content?: SealedContent }
  | { readonly did: 'contents'; readonly job: number; readonly contents: CompactResults }
  | { readonly did: 'look'; readonly job: number; readonly looks: readonly (LookedFolder | undefined)[] }
  | { readonly did: 'tree'; readonly job: number; readonly newBytes: number }
  | { readonly did: 'flush'; readonly job: number }
  | { readonly did: 'progress'; readonly bytes: number }
  | { readonly did: 'pack'; readonly pack: FinishedPack }
  | { readonly did: 'failed'; readonly code: ErrorCode; readonly message: string };

/** A pack that stands whole in a slot of the pool. */
export interface FinishedPack {
  readonly pack: number;
  readonly slot: number;
  readonly size: number;
  /** Hex. */
  readonly id: string;
  /** The replicas it is for. */
  readonly mask: number;
  /** Its entry of an index file. */
  readonly blobs: readonly {
    readonly id: string;
    readonly type: 'data' | 'tree';
    readonly offset: number;
    readonly length: number;
    readonly uncompressedLength?: number;
  }[];
}
