import { geteuid, getegid } from 'node:process';
import type { BytePath } from '../bytes.ts';
import type { Attributes } from '../posix/folder.ts';
import { systemCode } from '../posix/errno.ts';
import { seesTrusted } from '../posix/sees-trusted.ts';
import { isWholeSystem } from '../posix/user-namespace.ts';
import { permissionsOf } from '../repository/mode.ts';
import type { Node } from '../repository/node.ts';
import { nsFromTimestamp, zeroTimestamp } from '../repository/timestamp.ts';
import type { Tally } from './tally.ts';

export interface AttributeOptions {
  readonly owners: 'auto' | 'never';
  readonly tally: Tally;
}

const [setUser, setGroup] = [0o4000, 0o2000];

/** Whether a part of the attributes could be set; what went wrong is told. */
type Attempt = (part: string, set: () => void) => boolean;

/** `chown` leaves the user, or the group, as it is. */
const sameUser = 0xffff_ffff;

/**
 * Gives an entry what its node says. What `stood` there loses the extended attributes that the node does not have. The order matters: a change of owner takes setuid bits and capabilities away, a read-only mode
 * forbids attributes, and the times come last. What cannot be set is a problem of that entry, and the rest is set.
 */
export const applyAttributes = (
  target: Attributes,
  node: Node,
  place: { readonly path: BytePath; readonly stood?: boolean } & AttributeOptions,
): void => {
  const attempt: Attempt = (part, set) => {
    try {
      set();
      return true;
    } catch (error) {
      place.tally.problem(place.path, withPart(error, part));
      return false;
    }
  };
  const runner = geteuid?.();
  const isPrivileged = runner === 0 && isWhole();
  const owned = place.owners === 'never' ? isOwn(node, runner) : setOwner(target, node, { runner, attempt });
  const { lost } = place.tally;
  if (place.owners !== 'never' && !isPrivileged && !(owned.user && owned.group)) lost.owners += 1;
  if (place.stood === true) dropForeign(target, node, attempt);
  for (const { name, value } of node.extendedAttributes ?? []) {
    attempt('extended attributes', () => {
      try {
        target.setXattr(name, value);
      } catch (error) {
        const isRefused = systemCode(error) === 'EPERM' && /^(?:security|trusted)\./.test(name);
        // Root of a container lacks the right for these alone.
        if (!isRefused || (isPrivileged && (!name.startsWith('trusted.') || seesTrusted()))) throw error;
        lost.attributes += 1;
      }
    });
  }
  // Go leaves a mode of 0 out of the JSON, which a file has that nobody may read; a folder's is never 0.
  const stored = node.mode ?? (node.type === 'dir' ? undefined : 0);
  if (stored !== undefined && node.type !== 'symlink') {
    const mode = permissionsOf(stored);
    // Under another owner these bits would give away the rights of whoever restores; of a folder they only say whose the new files are.
    const refused = node.type === 'dir' ? 0 : (owned.user ? 0 : setUser) | (owned.group ? 0 : setGroup);
    if (place.owners !== 'never' && (mode & refused) !== 0) lost.modes += 1;
    attempt('mode', () => target.setMode(mode & ~refused));
  }
  if (node.mtime !== zeroTimestamp) attempt('times', () => target.setTimes(timesOf(node)));
};

/** Of what stood there before: an ACL that stays would give rights that the snapshot knows nothing of. */
const dropForeign = (target: Attributes, node: Node, attempt: Attempt): void => {
  const kept = new Set((node.extendedAttributes ?? []).map(({ name }) => name));
  attempt('extended attributes', () => {
    try {
      target.dropXattrs?.(kept);
    } catch (error) {
      if (!['ENOTSUP', 'EPERM'].includes(systemCode(error) ?? '')) throw error;
    }
  });
};

interface Owned {
  readonly user: boolean;
  readonly group: boolean;
}

const isOwn = ({ uid, gid }: Node, runner: number | undefined): Owned => ({
  user: uid === runner,
  group: gid === getegid?.(),
});

/** Whether user and group are now what the node says. */
const setOwner = (
  target: Attributes,
  node: Node,
  { runner, attempt }: { readonly runner: number | undefined; readonly attempt: Attempt },
): Owned => {
  if (runner === undefined) return { user: false, group: false };
  if (runner === 0 && !isWhole()) return setOwnerWithin(target, node);
  if (runner === 0) {
    const both = attempt('owner', () => target.setOwner({ uid: node.uid, gid: node.gid }));
    return { user: both, group: both };
  }
  const user = node.uid === runner;
  try {
    target.setOwner({ uid: sameUser, gid: node.gid });
    return { user, group: true };
  } catch {
    // Nobody but root may give files to groups that he is not in: that is not a failure of the restore.
    return { user, group: false };
  }
};

/** Users and groups that the namespace does not know cannot be set, and are no failure of the restore. */
const setOwnerWithin = (target: Attributes, { uid, gid }: Node): Owned => {
  const set = (owner: { readonly uid: number; readonly gid: number }): boolean => {
    try {
      target.setOwner(owner);
      return true;
    } catch {
      return false;
    }
  };
  if (set({ uid, gid })) return { user: true, group: true };
  return { user: set({ uid, gid: sameUser }), group: set({ uid: sameUser, gid }) };
};

let whole: boolean | undefined;
const isWhole = (): boolean => (whole ??= isWholeSystem());

const timesOf = (node: Node): { readonly atimeNs: bigint; readonly mtimeNs: bigint } => {
  const mtimeNs = nsFromTimestamp(node.mtime);
  return { mtimeNs, atimeNs: node.atime === zeroTimestamp ? mtimeNs : nsFromTimestamp(node.atime) };
};

const withPart = (error: unknown, part: string): unknown =>
  error instanceof Error && 'with' in error && typeof error.with === 'function'
    ? (error.with({ part }) as unknown)
    : error;
