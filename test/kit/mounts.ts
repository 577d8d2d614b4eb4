/** File systems of a test's own, where it may mount any: as root on Linux. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';

const mount = (...args: string[]): void => void execFileSync('mount', args, { stdio: 'pipe' });

/** A file system in memory of so many bytes. */
export const mountTmpfs = (path: string, bytes: number): void => {
  mkdirSync(path, { recursive: true });
  mount('-t', 'tmpfs', '-o', `size=${bytes}`, 'triplicate-test', path);
};

/** E.g. `ro`, `rw` or `size=…`. */
export const remount = (path: string, option: string): void => mount('-o', `remount,${option}`, path);

/** Shows the folder `from` at `to` as well. */
export const bind = (from: string, to: string): void => {
  mkdirSync(to, { recursive: true });
  mount('--bind', from, to);
};

/** At once, whoever still works there: as a disk that is pulled out. */
export const unmount = (path: string): void => void execFileSync('umount', ['-l', path], { stdio: 'pipe' });

const tryToMount = (): string | undefined => {
  if (platform() !== 'linux') return 'only Linux mounts file systems in memory';
  const folder = mkdtempSync(join(tmpdir(), 'triplicate-mount-'));
  try {
    mountTmpfs(folder, 1024 * 1024);
    unmount(folder);
    return undefined;
  } catch {
    return 'this user may not mount file systems';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Why not; `undefined` where mounting works. */
export const noMounts: string | undefined = tryToMount();
