import { geteuid, getegid } from 'node:process';
import type { BytePath } from '../bytes.ts';
import type { Attributes } from '../posix/folder.ts';
import { systemCode } from '../posix/errno.ts';
import { permissionsOf } from '../repository/mode.ts';
import type { Node } from '../repository/node.ts';
import { nsFromTimestamp, zeroTimestamp } from '../repository/timestamp.ts';
import type { Tally } from './tally.ts';

export interface AttributeOptions {
  readonly owners: 'auto' | 'never';
  readonly tally: Tally;
}

/** `chown` leaves the user as it is. */
const sameUser = 0xffff_ffff;

/**
 * Gives an entry what its node says. The order matters: a change of owner takes setuid bits and capabilities away, a read-only mode
 * forbids attributes, and the times come last. What cannot be set is a problem of that entry, and the rest is set.
 */
export const applyAttributes = (
  target: Attributes,
  node: Node,
  place: { readonly path: BytePath } & AttributeOptions,
): void => {
  const attempt = (part: string, set: () => void): boolean => {
    try {
      set();
      return true;
    } catch (error) {
      place.tally.problem(place.path, withPart(error, part));
      return false;
    }
  };
  const owned = place.owners === 'never' ? isOwn(node) : setOwner(target, node, attempt);
  for (const { name, value } of node.extendedAttributes ?? []) {
    attempt('extended attributes', () => {
      try {
        target.setXattr(name, value);
      } catch (error) {
        if (!isPrivileged() && /^(?:security|trusted)\./.test(name) && systemCode(error) === 'EPERM') return;
        throw error;
      }
    });
  }
  // Go leaves a mode of 0 out of the JSON, which a file has that nobody may read; a folder's is never 0.
  const stored = node.mode ?? (node.type === 'dir' ? undefined : 0);
  if (stored !== undefined && node.type !== 'symlink') {
    const mode = permissionsOf(stored);
    // Under another owner these bits would give away the rights of whoever restores.
    attempt('mode', () => target.setMode(owned ? mode : mode & 0o1777));
  }
  if (node.mtime !== zeroTimestamp) attempt('times', () => target.setTimes(timesOf(node)));
};

const isPrivileged = (): boolean => geteuid?.() === 0;

const isOwn = (node: Node): boolean => node.uid === geteuid?.() && node.gid === getegid?.();

/** Whether user and group are now what the node says. */
const setOwner = (target: Attributes, node: Node, attempt: (part: string, set: () => void) => boolean): boolean => {
  if (geteuid === undefined) return false;
  if (isPrivileged()) return attempt('owner', () => target.setOwner({ uid: node.uid, gid: node.gid }));
  try {
    target.setOwner({ uid: sameUser, gid: node.gid });
    return node.uid === geteuid();
  } catch {
    // Nobody but root may give files to groups that he is not in: that is not a failure of the restore.
    return false;
  }
};

const timesOf = (node: Node): { readonly atimeNs: bigint; readonly mtimeNs: bigint } => {
  const mtimeNs = nsFromTimestamp(node.mtime);
  return { mtimeNs, atimeNs: node.atime === zeroTimestamp ? mtimeNs : nsFromTimestamp(node.atime) };
};

const withPart = (error: unknown, part: string): unknown =>
  error instanceof Error && 'with' in error && typeof error.with === 'function'
    ? (error.with({ part }) as unknown)
    : error;
