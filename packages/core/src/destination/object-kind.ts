/**
 * What an adapter may have to know of the objects of a repository: where their storage class, their tier or their lock depends on it. A
 * prefix may stand before each of these names.
 */

/** Content: large, many, and seldom read. Everything else is small and read in every run. */
export const isPackKey = (key: string): boolean => /(^|\/)data\/[0-9a-f]{2}\/[0-9a-f]{64}$/.test(key);

/** What a snapshot needs; locks come and go and are never held. */
export const isLastingKey = (key: string): boolean =>
  isPackKey(key) || /(^|\/)(index|snapshots|keys)\/[0-9a-f]{64}$/.test(key) || /(^|\/)config$/.test(key);
