import type { EntryInfo } from '@triplicate/core';

// As the device source has them: a folder that a computer keeps and a phone on its cable give equal trees.
const owner = { uid: 0, gid: 0 } as const;

export const folderInfo = (mtimeNs: bigint): EntryInfo => ({ mode: 0o700, mtimeNs, owner });

export const fileInfo = (mtimeNs: bigint, size: number): EntryInfo => ({ mode: 0o600, mtimeNs, size, owner });
