import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { numbered } from './safe-name.ts';
import { fold } from './safe-paths.ts';

/**
 * Folders below `root` whose names no file has and no other of them, as a disk sees them that does not tell upper case from lower: a part
 * that is taken gets a number. Each is looked for once.
 */
export class FreeFolders {
  readonly #root: string;
  readonly #known = new Map<string, string>([['.', '.']]);
  readonly #given = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Where the folder at that path is, or is to be made. */
  async of(path: string): Promise<string> {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const cut = path.lastIndexOf('/');
    const above = cut < 0 ? '' : `${await this.of(path.slice(0, cut))}/`;
    const wished = above + path.slice(cut + 1);
    let free = wished;
    for (let attempt = 2; this.#given.has(fold(free)) || (await isInTheWay(join(this.#root, free))); attempt++)
      free = numbered(wished, attempt);
    this.#known.set(path, free);
    this.#given.add(fold(free));
    return free;
  }
}

/** A link to a folder serves as one. */
const isInTheWay = async (place: string): Promise<boolean> => {
  const there = await lstat(place).catch(() => undefined);
  if (there === undefined || there.isDirectory()) return false;
  return (await stat(place).catch(() => undefined))?.isDirectory() !== true;
};
