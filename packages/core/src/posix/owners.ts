import { callTable, lazily } from './c-calls.ts';

interface Owners {
  userName(uid: number): string | undefined;
  groupName(gid: number): string | undefined;
}

/** Who owns an entry, with the names that this machine has for them. */
export interface EntryOwner {
  readonly uid: number;
  readonly gid: number;
  readonly user?: string;
  readonly group?: string;
}

/** `struct passwd` and `struct group` both begin with the address of the name, on Linux and on macOS. */
const addressSize = 8;

const calls = callTable((library): Owners => {
  const nameBy = (prototype: string): ((id: number) => string | undefined) => {
    const find = lazily(library, prototype);
    const known = new Map<number, string | undefined>();
    const ask = (id: number): string | undefined => {
      const entry = find(id);
      return typeof entry === 'bigint' ? library.text(library.bytes(entry, addressSize).readBigUInt64LE(0)) : undefined;
    };
    return (id) => {
      if (!known.has(id)) known.set(id, ask(id));
      return known.get(id);
    };
  };
  return { userName: nameBy('void *getpwuid(uint)'), groupName: nameBy('void *getgrgid(uint)') };
});

/** The name of a user, from wherever this system has its users; asked once an id. `undefined` for one that it does not know. */
export const userName = (uid: number): string | undefined => calls()?.userName(uid);

/** The name of a group, likewise. */
export const groupName = (gid: number): string | undefined => calls()?.groupName(gid);

/** Both by their ids; what the system has no name for has none. */
export class OwnerNames {
  readonly #known = new Map<number, EntryOwner>();

  /** The same object for the same ids. */
  of(uid: number, gid: number): EntryOwner {
    // An id has 32 bits.
    const key = uid * 2 ** 32 + gid;
    const known = this.#known.get(key);
    if (known) return known;
    const user = userName(uid);
    const group = groupName(gid);
    const owner = {
      uid,
      gid,
      ...(user === undefined ? undefined : { user }),
      ...(group === undefined ? undefined : { group }),
    };
    this.#known.set(key, owner);
    return owner;
  }
}
