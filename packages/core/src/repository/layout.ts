/** Where things stand in a repository: restic's default layout, and one folder of our own that restic ignores. */
export const configKey = 'config';

/** Folders whose objects are named by the SHA-256 of their bytes. */
export type ObjectKind = 'data' | 'index' | 'keys' | 'locks' | 'snapshots';

/**
 * Larger ones are refused while they are read, so that one that was damaged or planted costs no more memory: restic ends an index at 50,000
 * blobs, which are some 8 MB.
 */
export const mostStoredBytes = {
  config: 2 ** 20,
  index: 2 ** 27,
  snapshots: 2 ** 24,
  keys: 2 ** 16,
  locks: 2 ** 16,
} as const;

/** What only we write; stock restic looks at none of it. */
export const triplicatePrefix = 'triplicate/';
export const mostOwnBytes = 2 ** 26;

/** The prefix to list all objects of a kind. */
export const prefixOf = (kind: ObjectKind): string => `${kind}/`;

export const packKey = (id: string): string => `data/${id.slice(0, 2)}/${id}`;
export const indexKey = (id: string): string => `index/${id}`;
export const snapshotKey = (id: string): string => `snapshots/${id}`;
export const keyFileKey = (id: string): string => `keys/${id}`;
export const lockKey = (id: string): string => `locks/${id}`;

export const objectKey = (kind: ObjectKind, id: string): string => (kind === 'data' ? packKey(id) : `${kind}/${id}`);

const objectPattern = /^(?:data\/[0-9a-f]{2}|index|keys|locks|snapshots)\/([0-9a-f]{64})$/;

/** The id in a key of this layout; `undefined` for anything else, which is left alone (a half-written or foreign file). */
export const idOfKey = (key: string): string | undefined => {
  const id = objectPattern.exec(key)?.[1];
  return id !== undefined && (!key.startsWith('data/') || key.startsWith(id.slice(0, 2), 5)) ? id : undefined;
};
