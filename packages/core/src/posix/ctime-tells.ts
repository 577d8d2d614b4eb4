import { type BigIntStats, statfsSync } from 'node:fs';
import { platform, release } from 'node:os';

/**
 * Of Linux (statfs(2)): ext4, XFS, Btrfs, ZFS and bcachefs. Not F2FS, which sets the ctime with an ACL that changes the mode and with nothing else,
 * and no overlay, whose upper layer may be any.
 */
const tellingFileSystems = new Set([0xef53, 0x58465342, 0x9123683e, 0x2fc12fc1, 0xca451a4e]);
/** It does since Linux 6.1. */
const tmpfs = 0x01021994;

/** Whether a file system of this type (statfs(2)) sets the ctime with each change of extended attributes, in a kernel of this release. */
export const typeSetsCtime = (type: number, kernel: string): boolean => {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  return type === tmpfs ? major > 6 || (major === 6 && minor >= 1) : tellingFileSystems.has(type);
};

/** Whether what the path leads to lies in such a file system: of a link, ask for its folder. */
export const ctimeTellsXattrs = (path: Buffer | string): boolean =>
  platform() === 'linux' && typeSetsCtime(statfsSync(path).type, release());

/** Far more than a tick of the clock that files get their times from. */
const tickNs = 2_000_000_000n;

/** Of what was read at `readAt`: a ctime before this one belongs to an earlier tick. */
export const settledBefore = (readAt: bigint): bigint => readAt - tickNs;

/** Where the ctime answers for extended attributes, nobody has to ask for them: that takes as long as all else. */
export class CtimeAnswers {
  readonly #readAt: bigint | undefined;
  /** Whether a device's file system sets the ctime with each change of them. */
  readonly #tells = new Map<bigint, boolean>();

  /** `readAt`: as `LookOrders` has it. */
  constructor(readAt: bigint | undefined) {
    this.#readAt = readAt;
  }

  /**
   * For an entry whose ctime is the one that the snapshot has: but where both may belong to one tick of the clock. `within` is a path in the entry's file system, e.g.
   * its own; of a link, that of its folder.
   */
  areSame({ ctimeNs, dev }: Pick<BigIntStats, 'ctimeNs' | 'dev'>, within: () => Buffer | string): boolean {
    return this.#readAt !== undefined && ctimeNs < settledBefore(this.#readAt) && this.tell(dev, within);
  }

  /** Whether the file system of a device is one whose ctime tells; `within` as with `areSame`. */
  tell(device: bigint, within: () => Buffer | string): boolean {
    let tells = this.#tells.get(device);
    if (tells === undefined) this.#tells.set(device, (tells = ctimeTellsXattrs(within())));
    return tells;
  }
}
