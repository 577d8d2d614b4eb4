/** Where things stand in the memory of the kernel that compares folders. What is not reached takes no memory. */
const KiB = 1024;

/** Of 64 KiB, for all of it; the memory has one in the beginning. */
export const pages = 80;

/** Below it stand small things: `digitsAt` among them. */
export const timeFound = { seconds: 0, nanoseconds: 8 } as const;
/** The last minute that was read of each kind of time: its 16 characters, and the seconds at which it begins. */
export const minuteSlots = { modified: 32, changed: 64 } as const;
/** Seconds since 1970: an entry that was changed before them has the extended attributes that it had. */
export const settledAt = 96;
/** Whether each byte that the last tree has is as we would write it. */
export const isWrittenAt = 104;
/** Where the ids of files of the last tree end. */
export const idsEndAt = 108;
/** An empty name, for what is asked of the open folder itself. */
export const emptyAt = 112;
/** The id that is asked for now. */
export const idAt = 128;
/** What `statx` tells of the folder, and of the entry that is judged: 256 bytes each. */
export const ownAt = 2 * KiB;
export const statAt = 2 * KiB + 256;
/** A path or the text of an owner, with what ends it. */
export const pathAt = 4 * KiB;
export const pathBytes = 4 * KiB;
export const ownerAt = 8 * KiB;
export const ownerBytes = 2 * KiB;
/** Names that leave a folder to others, NUL-terminated. */
export const marksAt = 12 * KiB;
export const marksBytes = 16 * KiB;

/** Zeros behind the JSON of a tree: more than is looked at before what was read is checked. */
export const padding = 256;
/** The JSON of a tree, and what is found in it. */
export const jsonAt = 64 * KiB;
export const jsonBytes = 1536 * KiB - padding;
export const recordsAt = jsonAt + jsonBytes + padding;
export const recordsBytes = 1024 * KiB;
/** 32 bytes for at least 64 digits each. */
export const idsAt = recordsAt + recordsBytes;
export const idsBytes = 768 * KiB;
/** Records of `getdents64`, and the addresses of the names in them, with as much room to sort them in. */
export const listAt = idsAt + idsBytes;
export const listBytes = 768 * KiB;
export const namesAt = listAt + listBytes;
export const namesBytes = 128 * KiB;
export const spareAt = namesAt + namesBytes;
/** Two addresses each: a name of the list, and a record of the tree; one of them may be 0. */
export const rowsAt = spareAt + namesBytes;
export const rowBytes = 8;

/** A node of the tree. Addresses and words of 32 bits, but for the last four, which have 64. */
export const record = {
  /** Where it stands in the JSON. */
  from: 0,
  to: 4,
  /** NUL-terminated. */
  name: 8,
  kind: 12,
  mode: 16,
  mtimeNs: 20,
  ctimeNs: 24,
  /** The first of a file's ids, in binary; the digits of a folder's tree. */
  ids: 28,
  idCount: 32,
  mtime: 40,
  ctime: 48,
  inode: 56,
  size: 64,
} as const;
export const recordBytes = 72;

/** What is not plain has no more than its place and its name here. */
export const kind = { other: 0, file: 1, folder: 2 } as const;

/** `linux_dirent64` (getdents(2)). */
export const listed = { length: 16, name: 19 } as const;

/** `struct statx` (statx(2)), the same on every architecture. */
export const statx = {
  mask: 0,
  links: 16,
  /** The group's id follows. */
  owner: 20,
  mode: 28,
  inode: 32,
  size: 40,
  ctime: 96,
  ctimeNs: 104,
  mtime: 112,
  mtimeNs: 120,
  /** Major and minor. */
  device: 136,
} as const;
/** Type, mode, links, owner, both times, inode and size. */
export const statxNeeded = 0x3df;
