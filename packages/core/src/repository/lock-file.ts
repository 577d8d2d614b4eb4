import { corrupt } from './corrupt.ts';
import { type MasterKey, seal } from './crypto.ts';
import { goJson } from './go-json.ts';
import type { Timestamp } from './node.ts';
import { isTimestamp, nsFromTimestamp } from './timestamp.ts';
import { decodeUnpacked } from './unpacked.ts';

/** Who works on a repository, and whether alone. */
export interface LockFile {
  /** When it was made or last refreshed. */
  readonly time: Timestamp;
  readonly exclusive: boolean;
  readonly hostname: string;
  readonly username: string;
  readonly pid: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Many times what a lock has. */
export const maxLockSize = 64 * 1024;

/** A lock as it is stored: plain JSON in the seal, which every version of the format can read. */
export const encodeLock = (key: MasterKey, { time, exclusive, hostname, username, pid, uid, gid }: LockFile): Buffer =>
  seal(key, goJson({ time, exclusive, hostname, username, pid, uid: uid || undefined, gid: gid || undefined }));

/** CORRUPT when it is no lock: it holds all the same, since nobody knows what for. */
export const decodeLock = (key: MasterKey, bytes: Uint8Array): LockFile => {
  const raw = parse(decodeUnpacked(key, bytes, maxLockSize));
  const { time, exclusive, hostname, username, pid, uid, gid } = raw;
  if (typeof time !== 'string' || !isTimestamp(time)) throw corrupt('the lock has no time');
  nsFromTimestamp(time);
  return {
    time,
    exclusive: exclusive === true,
    hostname: typeof hostname === 'string' ? hostname : '',
    username: typeof username === 'string' ? username : '',
    pid: typeof pid === 'number' && Number.isSafeInteger(pid) ? pid : 0,
    ...(typeof uid === 'number' ? { uid } : {}),
    ...(typeof gid === 'number' ? { gid } : {}),
  };
};

const parse = (json: Buffer): Readonly<Record<keyof LockFile, unknown>> => {
  try {
    const value: unknown = JSON.parse(json.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<keyof LockFile, unknown>;
  } catch (cause) {
    throw corrupt('the lock is not JSON', { cause });
  }
  throw corrupt('the lock is not a JSON object');
};
