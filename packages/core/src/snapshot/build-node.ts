import type { ByteName, BytePath } from '../bytes.ts';
import { goMode } from '../repository/mode.ts';
import type { Node, NodeType } from '../repository/node.ts';
import { timestampFromNs } from '../repository/timestamp.ts';
import type { EntryInfo } from '../source/source.ts';

export interface NodeStyle {
  readonly zone: 'local' | 'utc';
  /** `hardlinks`: only where there are several names; a device's id changes with every mount, and would make every tree a new one. */
  readonly deviceIds: 'hardlinks' | 'all';
}

export interface NodeExtra {
  readonly content?: readonly string[];
  readonly size?: number;
  readonly linkTarget?: BytePath;
}

/** Types for which restic records the number of hard links. */
const linked: ReadonlySet<NodeType> = new Set(['file', 'symlink', 'dev', 'chardev']);

/** A node as restic would make it of these attributes: atime is mtime unless the source gives one. */
export const buildNode = (name: ByteName, type: NodeType, info: EntryInfo, options: NodeStyle & NodeExtra): Node => {
  const stamp = (ns: bigint): string => timestampFromNs(ns, options.zone);
  const mtime = stamp(info.mtimeNs);
  const { owner, inode, device, links, rdev, extendedAttributes: attributes } = info;
  const hasLinks = links !== undefined && linked.has(type);
  const size = options.size ?? info.size;
  return {
    name,
    type,
    mode: goMode(type, info.mode),
    mtime,
    atime: info.atimeNs === undefined ? mtime : stamp(info.atimeNs),
    ctime: info.ctimeNs === undefined ? mtime : stamp(info.ctimeNs),
    uid: owner?.uid ?? 0,
    gid: owner?.gid ?? 0,
    ...(owner?.user === undefined ? {} : { user: owner.user }),
    ...(owner?.group === undefined ? {} : { group: owner.group }),
    ...(inode === undefined ? {} : { inode }),
    ...(device !== undefined && (options.deviceIds === 'all' || (hasLinks && links > 1n)) ? { deviceId: device } : {}),
    ...(type === 'file' && size !== undefined ? { size } : {}),
    ...(hasLinks ? { links } : {}),
    ...(options.linkTarget === undefined ? {} : { linkTarget: options.linkTarget }),
    ...(attributes && attributes.size > 0
      ? { extendedAttributes: [...attributes].map(([attribute, value]) => ({ name: attribute, value })) }
      : {}),
    ...((type === 'dev' || type === 'chardev') && rdev !== undefined ? { device: rdev } : {}),
    ...(options.content === undefined ? {} : { content: options.content }),
  };
};

/** Blob ids as 64 hex digits each, out of their 32 bytes each. */
export const hexIds = (ids: Uint8Array): string[] => {
  const hex = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength).toString('hex');
  return Array.from({ length: ids.byteLength / 32 }, (_, i) => hex.slice(i * 64, i * 64 + 64));
};
