import { callTable } from './c-calls.ts';

/** MADV_DONTNEED of Linux (madvise(2)): pages of anonymous memory are empty then, and read as zeros. macOS promises no such thing. */
const dontNeed = 4;
const pageBytes = 65_536;

const adviseCall = callTable((library) =>
  library.system === 'linux' ? library.declare('int madvise(void *, size_t, int)') : undefined,
);

/**
 * Gives memory back to the system whose content nobody wants any more: it reads as zeros from then on, or stays as it is where that cannot be done. Only for
 * memory of its own, that begins and ends with a page, as that of WebAssembly does.
 */
export const giveBack = (memory: Uint8Array): void => {
  if (memory.byteLength % pageBytes === 0) adviseCall()?.(memory, memory.byteLength, dontNeed);
};

/** malloc_trim(3), which only glibc has. */
const trimCall = callTable((library) => {
  try {
    return library.system === 'linux' ? library.declareBeside('int malloc_trim(size_t)') : undefined;
  } catch {
    return undefined;
  }
});
let isTrimming = false;

/**
 * Gives back to the system what the C library keeps of memory that all threads have freed: some twenty megabytes in a backup, in holes between what is in use,
 * since each thread has its own. On a thread of the process; does nothing where that cannot be done, or goes on already.
 */
export const giveBackFreed = (): void => {
  const trim = isTrimming ? undefined : trimCall();
  if (trim === undefined) return;
  isTrimming = true;
  void trim(0).finally(() => (isTrimming = false));
};
