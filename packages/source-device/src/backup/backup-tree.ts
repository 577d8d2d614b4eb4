import type { BytePath, CallOptions, Node, ReadOptions } from '@triplicate/core';

/** What the phone works on: it thinks that this is a folder of the computer. Paths are those of the tree. */
export interface BackupTree {
  node(path: BytePath): Promise<Node | undefined>;
  list(path: BytePath): AsyncIterable<Node>;
  read(path: BytePath, options: ReadOptions): AsyncIterable<Uint8Array>;
  /** Puts a file; `content` is consumed as it arrives. */
  put(path: BytePath, content: AsyncIterable<Uint8Array>, options: CallOptions): Promise<void>;
  /** With its parents; nothing happens when it is there. */
  makeDirectory(path: BytePath): Promise<void>;
  /** Replaces what stands at `to`. NOT_FOUND when nothing stands at `from`. */
  move(from: BytePath, to: BytePath): Promise<void>;
  remove(path: BytePath): Promise<void>;
  copy(from: BytePath, to: BytePath, options: CallOptions): Promise<void>;
  /** What is not whole, although the phone goes on. */
  unreadable(path: BytePath, text: string): void;
}
