import type { ByteName, BytePath } from '../bytes.ts';

export type NodeType = 'file' | 'dir' | 'symlink' | 'dev' | 'chardev' | 'fifo' | 'socket';

/** RFC 3339 with up to nine digits of a second and an offset, exactly as the tree has it, e.g. `2026-11-29T04:29:56.123456789Z`. */
export type Timestamp = string;

/** One entry of a tree, decoded. Field for field what restic stores (`internal/data/node.go`), names unquoted to bytes. */
export interface Node {
  readonly name: ByteName;
  readonly type: NodeType;
  /** Go's `os.FileMode`: permissions 0777, directory 1<<31, symlink 1<<27, setuid 1<<23, setgid 1<<22, sticky 1<<20 … */
  readonly mode?: number;
  readonly mtime: Timestamp;
  readonly atime: Timestamp;
  readonly ctime: Timestamp;
  readonly uid: number;
  readonly gid: number;
  readonly user?: string;
  readonly group?: string;
  readonly inode?: bigint;
  readonly deviceId?: bigint;
  readonly size?: number;
  readonly links?: bigint;
  readonly linkTarget?: BytePath;
  readonly extendedAttributes?: readonly { readonly name: ByteName; readonly value: Uint8Array }[];
  /** Raw JSON (Windows attributes), kept as it came. */
  readonly genericAttributes?: string;
  /** `st_rdev` of a device node. */
  readonly device?: bigint;
  /** Blob ids (hex) of a file, in order; empty for an empty file. */
  readonly content?: readonly string[];
  /** Tree id (hex) of a directory. */
  readonly subtree?: string;
  readonly error?: string;
}
