import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import type * as Koffi from 'koffi';
import { withSteadyErrno } from './steady-errno.ts';

/** What a call of the C library takes: numbers, NUL-terminated or sized buffers, pointers, and type names before variadic arguments. */
export type Argument = number | bigint | string | Uint8Array | BigInt64Array | null;
export type CFunction = (...args: Argument[]) => number | bigint | null;

/** The C library of this process, called by declared prototypes. Structures are laid out by hand, so 64-bit systems only. */
export interface CLibrary {
  readonly system: 'linux' | 'darwin';
  /** macOS on Intel: the calls that know 64-bit inodes have `$INODE64` after their name. */
  readonly suffixed: boolean;
  /** Declares a function; throws when the C library does not have it. */
  declare(prototype: string): CFunction;
  /** The same, called on a thread of the process; what its arguments point to is kept and must not change until it is done. */
  declareBeside(prototype: string): (...args: Argument[]) => Promise<ReturnType<CFunction>>;
  errno(): number;
  setErrno(value: number): void;
  /** A copy of the `length` bytes at an address. */
  bytes(address: bigint, length: number): Buffer;
  /** Where bytes stand that are outside of V8's heap, as more than 64 of them are. They are the caller's to keep. */
  address(bytes: Uint8Array): bigint;
  /** The text at an address, up to its NUL. */
  text(address: bigint): string;
}

const systems: Readonly<Record<'linux' | 'darwin', readonly string[]>> = {
  linux: ['x64', 'arm64', 'riscv64', 'loong64'],
  darwin: ['x64', 'arm64'],
};

/** Arguments of calls that go on beside: koffi does not hold the memory that they point to. */
const inUse = new Set<readonly Argument[]>();

const load = (): CLibrary | undefined => {
  const system = platform();
  if ((system !== 'linux' && system !== 'darwin') || !systems[system].includes(arch())) return undefined;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
    const library = koffi.load(null);
    const errno = { get: () => koffi.errno(), set: (value: number) => void koffi.errno(value) };
    return {
      system,
      suffixed: system === 'darwin' && arch() === 'x64',
      declare: (prototype) => withSteadyErrno(library.func(prototype) as unknown as CFunction, errno),
      declareBeside: (prototype) => {
        const { async: call } = library.func(prototype);
        return (...args) =>
          new Promise((resolve, reject) => {
            inUse.add(args);
            call(...args, (error: Error | null, result: ReturnType<CFunction>) => {
              inUse.delete(args);
              if (error) reject(error);
              else resolve(result);
            });
          });
      },
      errno: () => errno.get(),
      setErrno: (value) => errno.set(value),
      bytes: (address, length) => Buffer.from(new Uint8Array(koffi.view(address, length))),
      address: (bytes) => koffi.address(bytes),
      text: (address) => koffi.decode.string(address),
    };
  } catch {
    // Not installed, or no prebuilt binary for this system: what needs it says `undefined` or takes the portable way.
    return undefined;
  }
};

let loaded: { readonly library: CLibrary | undefined } | undefined;

/** Loads the library at the first call; `undefined` where it cannot be had (Windows, a 32-bit system, `koffi` not installed). */
export const cLibrary = (): CLibrary | undefined => (loaded ??= { library: load() }).library;
