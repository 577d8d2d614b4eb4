import type { Clock, EntryInfo } from '@triplicate/core';

// Fixed, so that a folder that a computer keeps and a phone on its cable give equal trees.
export const fileMode = 0o600;
export const folderMode = 0o700;
const owner = { uid: 0, gid: 0 } as const;

export const folderInfo = (mtimeNs: bigint): EntryInfo => ({ mode: folderMode, mtimeNs, owner });
export const fileInfo = (mtimeNs: bigint): EntryInfo => ({ mode: fileMode, mtimeNs, owner });

export const nowNs = (clock: Clock): bigint => BigInt(clock.now().getTime()) * 1_000_000n;
