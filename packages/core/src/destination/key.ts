import { isKey } from './destination.ts';

/** Misuse, not a failure of the place: no adapter ever turns such a key into a path, a URL or a query. */
export const assertKey = (key: string): void => {
  if (!isKey(key)) throw new TypeError(`not an object key: ${JSON.stringify(key)}`);
};

/** A prefix is the beginning of some key; the empty one is the beginning of all. */
export const assertPrefix = (prefix: string): void => {
  if (!isKey(prefix) && !isKey(`${prefix}x`))
    throw new TypeError(`not the beginning of a key: ${JSON.stringify(prefix)}`);
};
