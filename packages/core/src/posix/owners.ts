import { callTable, lazily } from './c-calls.ts';

interface Owners {
  userName(uid: number): string | undefined;
  groupName(gid: number): string | undefined;
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
