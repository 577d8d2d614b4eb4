/** What the adapter has to know of the objects of a repository. A prefix may stand before each of these names. */

/** Content: large, many, and seldom read. Everything else is small and read in every run. */
export const isPack = (key: string): boolean => /(^|\/)data\/[0-9a-f]{2}\/[0-9a-f]{64}$/.test(key);

/** What a snapshot needs; locks come and go and are never held. */
export const isLasting = (key: string): boolean =>
  isPack(key) || /(^|\/)(index|snapshots|keys)\/[0-9a-f]{64}$/.test(key) || /(^|\/)config$/.test(key);
