import type { NodeType } from './node.ts';

// Go's os.FileMode keeps the nine permission bits where POSIX has them and everything else somewhere else.

const goTypes: Readonly<Record<NodeType, number>> = {
  file: 0,
  dir: 2 ** 31,
  symlink: 2 ** 27,
  dev: 2 ** 26,
  chardev: 2 ** 26 + 2 ** 21,
  fifo: 2 ** 25,
  socket: 2 ** 24,
};

const typeFormats: Readonly<Record<NodeType, number>> = {
  fifo: 0o010000,
  chardev: 0o020000,
  dir: 0o040000,
  dev: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
};
const formatMask = 0o170000;

const specialBits = [
  { posix: 0o4000, go: 2 ** 23 },
  { posix: 0o2000, go: 2 ** 22 },
  { posix: 0o1000, go: 2 ** 20 },
] as const;

/** Go's mode of an entry of this kind with these permission, setuid, setgid and sticky bits (07777). */
export const goMode = (type: NodeType, permissions: number): number =>
  specialBits.reduce(
    (mode, { posix, go }) => ((permissions & posix) === 0 ? mode : mode + go),
    goTypes[type] + (permissions & 0o777),
  );

/** The permission, setuid, setgid and sticky bits (07777) of Go's mode. */
export const permissionsOf = (mode: number): number =>
  specialBits.reduce((bits, { posix, go }) => ((mode & go) === 0 ? bits : bits | posix), mode & 0o777);

/** The kind of entry that a POSIX `st_mode` speaks of; `undefined` for one that restic has no word for. */
export const typeOfStat = (stMode: number): NodeType | undefined =>
  (Object.keys(typeFormats) as NodeType[]).find((type) => typeFormats[type] === (stMode & formatMask));

/** The kind of entry that Go's mode speaks of; `undefined` for one that restic has no word for. */
export const typeOfGoMode = (mode: number): NodeType | undefined =>
  (Object.keys(goTypes) as NodeType[]).find((type) => goTypes[type] === (mode & goTypeMask) >>> 0);

const goTypeMask = Number(Object.values(goTypes).reduce((mask, bits) => mask | BigInt(bits), 2n ** 19n));

/** POSIX `st_mode` as Go has it; `undefined` for a kind of entry that restic has no word for. */
export const goModeFromStat = (stMode: number): number | undefined => {
  const type = typeOfStat(stMode);
  return type === undefined ? undefined : goMode(type, stMode & 0o7777);
};

/** The POSIX `st_mode` of an entry of this kind with this mode of Go's. */
export const statModeFromGo = (type: NodeType, mode: number): number => typeFormats[type] | permissionsOf(mode);
