import { type ByteName, bufferFromBytes } from '../bytes.ts';
import { errnoError } from './errno.ts';
import { type CFunction, type CLibrary, cLibrary } from './library.ts';

/** A name or path as a C string. Names from outside never have a NUL inside: the kernel has none, and trees are checked when read. */
export const cString = (name: ByteName): Buffer => bufferFromBytes(`${name}\0` as ByteName);

/** The same for a call, or several, in a row: in memory that the next path takes over. */
export const passingCString = (name: ByteName): Buffer => {
  if (name.length >= passing.byteLength) return cString(name);
  passing[passing.write(name, 'latin1')] = 0;
  return passing;
};
/** No path that the system takes is longer. */
const passing = Buffer.allocUnsafeSlow(4096);

/** Declares each prototype when it is first used, so that a missing one costs nobody else. */
export const lazily = (library: CLibrary, prototype: string): CFunction => {
  let declared: CFunction | undefined;
  return (...args) => (declared ??= library.declare(prototype))(...args);
};

/** Throws what errno says when a call gave -1, else gives its result. */
export const checked = (library: CLibrary, result: ReturnType<CFunction>, name?: ByteName): number => {
  const value = Number(result);
  if (value === -1) throw errnoError(library.errno(), name);
  return value;
};

/** Makes the table of calls once a process; `undefined` without a C library. */
export const callTable = <Calls>(make: (library: CLibrary) => Calls): (() => Calls | undefined) => {
  let made: { readonly calls: Calls | undefined } | undefined;
  return () => {
    if (made === undefined) {
      const library = cLibrary();
      made = { calls: library && make(library) };
    }
    return made.calls;
  };
};
