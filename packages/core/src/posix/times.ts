import { futimesSync, lutimesSync } from 'node:fs';
import type { BytePath } from '../bytes.ts';
import { callTable, checked, cString, lazily } from './c-calls.ts';
import { fsPath } from './fs-path.ts';

/** Nanoseconds since 1970; negative before. */
export interface FileTimes {
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
}

const nsPerSecond = 1_000_000_000n;

/** Two `struct timespec` of a 64-bit system; the part below a second is never negative. */
const timespecs = ({ atimeNs, mtimeNs }: FileTimes): BigInt64Array => {
  const out = new BigInt64Array(4);
  [atimeNs, mtimeNs].forEach((ns, i) => {
    const fraction = ((ns % nsPerSecond) + nsPerSecond) % nsPerSecond;
    out[2 * i] = (ns - fraction) / nsPerSecond;
    out[2 * i + 1] = fraction;
  });
  return out;
};

const calls = callTable((library) => {
  const utimensat = lazily(library, 'int utimensat(int, const void *, const void *, int)');
  const futimens = lazily(library, 'int futimens(int, const void *)');
  const noFollow = library.system === 'linux' ? 0x100 : 0x20;
  return {
    at: (folder: number, name: BytePath, times: FileTimes) =>
      void checked(library, utimensat(folder, cString(name), timespecs(times), noFollow), name),
    open: (fd: number, times: FileTimes) => void checked(library, futimens(fd, timespecs(times))),
  };
});

/**
 * Access and modification as `fs.utimes` takes them: seconds as a double, right to a microsecond; before 1970 a `Date`, right to a
 * millisecond, because it takes a negative number for "now".
 */
export const fsTimes = ({ atimeNs, mtimeNs }: FileTimes): [number | Date, number | Date] => [
  fsTime(atimeNs),
  fsTime(mtimeNs),
];

const fsTime = (ns: bigint): number | Date => (ns < 0n ? new Date(Number(ns / 1_000_000n)) : Number(ns / 1000n) / 1e6);

/** Sets the times of an open file, to the nanosecond where the C library can be called. */
export const setOpenFileTimes = (fd: number, times: FileTimes): void => {
  const native = calls();
  if (native) native.open(fd, times);
  else futimesSync(fd, ...fsTimes(times));
};

/** Sets the times of what stands in an open folder under `name`; a link's own times, never those of what it points at. */
export const setTimesAt = (folder: number, name: BytePath, times: FileTimes): void => calls()?.at(folder, name, times);

/** Sets the times of what stands at `path` (absolute); a link's own times, never those of what it points at. */
export const setPathTimes = (path: BytePath, times: FileTimes): void => {
  const native = calls();
  if (native) native.at(0, path, times);
  else lutimesSync(fsPath(path), ...fsTimes(times));
};
