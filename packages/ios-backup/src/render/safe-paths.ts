import { numbered, safeName } from './safe-name.ts';

/**
 * Paths of safe names for paths of the phone: different ones get different ones, as a disk sees them that does not tell upper case from
 * lower, and the same one always the same. A name that needs no change is kept by who has it on the phone; another one that would become
 * the same gets a number, folders too. The same paths in the same order give the same.
 */
export class SafePaths {
  /** Who has which name, by folder of the result. */
  readonly #folders = new Map<string, Map<string, string>>();
  readonly #stands: (path: string) => boolean;

  /** `stands` says whether the phone has something at exactly that path. */
  constructor(stands: (path: string) => boolean) {
    this.#stands = stands;
  }

  of(path: string): string {
    let [from, to] = ['', ''];
    for (const part of path.split('/').filter((one) => one !== '')) {
      const name = this.#nameOf(part, from, to);
      from = below(from, part);
      to = below(to, name);
    }
    return to || 'untitled';
  }

  #nameOf(part: string, from: string, to: string): string {
    const owners = this.#ownersIn(to);
    const wished = safeName(part);
    for (let attempt = 1; ; attempt++) {
      const name = attempt === 1 ? wished : numbered(wished, attempt);
      const key = fold(name);
      const owner = owners.get(key);
      if (owner === part) return name;
      if (owner !== undefined || (name !== part && this.#stands(below(from, name)))) continue;
      owners.set(key, part);
      return name;
    }
  }

  #ownersIn(folder: string): Map<string, string> {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const owners = new Map<string, string>();
    this.#folders.set(folder, owners);
    return owners;
  }
}

/** How a name looks to a disk that does not tell upper case from lower. */
export const fold = (name: string): string => name.normalize('NFC').toLowerCase();

const below = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);
