import { isKey } from '@triplicate/core';

/** https://help.dropbox.com/organize/file-names: what the system of some computer makes for itself is not stored. */
const ignored: ReadonlySet<string> = new Set([
  'desktop.ini',
  'thumbs.db',
  '.ds_store',
  '.dropbox',
  '.dropbox.attr',
  '.dropbox.cache',
]);

/** A key has no `~`, so such a name is free. */
const nameOf = (part: string): string => (ignored.has(part) ? `${part}~` : part);

/**
 * Between keys and paths. A path of Dropbox begins with a slash and is found whatever the case of its letters; keys have small letters only,
 * so two of them never meet. The root is the empty path.
 */
export class Names {
  readonly root: string;
  readonly #depth: number;

  constructor(folder: string | undefined) {
    this.root = folder === undefined ? '' : `/${folder}`;
    this.#depth = this.root.split('/').length;
  }

  /** The path of a key, or of a folder that keys begin with; the empty one is the root. */
  path(key: string): string {
    return key === '' ? this.root : `${this.root}/${key.split('/').map(nameOf).join('/')}`;
  }

  /** `undefined` for what is none of our objects. `lower` is Dropbox's own small spelling, which our folder may have in its way. */
  key(lower: string): string | undefined {
    const names = lower.split('/').slice(this.#depth);
    const key = names.map((name) => name.replace(/~$/, '')).join('/');
    return isKey(key) && key.split('/').every((part, at) => nameOf(part) === names[at]) ? key : undefined;
  }
}
