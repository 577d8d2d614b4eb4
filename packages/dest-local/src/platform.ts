import { type FileHandle, link, open, rename } from 'node:fs/promises';
import { platform } from 'node:os';
import { type Clock, sleepFor } from '@triplicate/core';
import { systemCode } from './errors.ts';

/** What differs between operating systems and file systems, so that a test can stand in for each. */
export interface Platform {
  /** A second name for a file; fails when the name is taken. exFAT, some network folders and most of what FUSE mounts have none. */
  link(from: string, to: string): Promise<void>;
  /** Puts `from` in the place of `to`. */
  rename(from: string, to: string, options: { readonly clock: Clock; readonly signal: AbortSignal }): Promise<void>;
  /** Makes the content of a file survive a power cut. */
  syncFile(file: FileHandle): Promise<void>;
  /** Makes the names in a folder survive a power cut. */
  syncFolder(path: string): Promise<void>;
  /** Whether permission bits mean anything; on Windows the read-only attribute would only stand in the way of a later rename. */
  readonly setsModes: boolean;
}

/** File systems that cannot do it answer with one of these; then nothing better is to be had. */
const cannotSync: ReadonlySet<string> = new Set(['ENOTSUP', 'EINVAL', 'ENOTTY', 'ENOSYS']);

/** Runs `sync` and bears with a file system that has no such thing. */
export const syncIfPossible = async (sync: () => Promise<void>): Promise<void> => {
  try {
    await sync();
  } catch (error) {
    if (!cannotSync.has(systemCode(error) ?? '')) throw error;
  }
};

const syncFile = (file: FileHandle): Promise<void> => syncIfPossible(() => file.sync());

const posix: Platform = {
  link,
  rename: (from, to) => rename(from, to),
  syncFile,
  async syncFolder(path) {
    await using folder = await open(path, 'r');
    await syncIfPossible(() => folder.sync());
  },
  setsModes: true,
};

const held: ReadonlySet<string> = new Set(['EPERM', 'EBUSY', 'EACCES']);

/** Virus scanners and the search indexer hold a new file open for moments; Windows refuses to rename it meanwhile. */
export const renameWhenReleased =
  (rename: (from: string, to: string) => Promise<void>): Platform['rename'] =>
  async (from, to, { clock, signal }) => {
    for (let pauseMs = 10; ; pauseMs *= 2) {
      try {
        return await rename(from, to);
      } catch (error) {
        if (!held.has(systemCode(error) ?? '') || pauseMs > 1000) throw error;
        await sleepFor(clock, pauseMs, signal);
      }
    }
  };

const windows: Platform = {
  link,
  rename: renameWhenReleased(rename),
  syncFile,
  // NTFS writes names through its journal; a folder cannot be opened for a flush.
  syncFolder: () => Promise.resolve(),
  setsModes: false,
};

export const thisPlatform: Platform = platform() === 'win32' ? windows : posix;
