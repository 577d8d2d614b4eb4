/** File systems of a test's own, where it may mount any: as root on Linux. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
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

/**
 * Makes ready what {@link unmount} does; the function that it answers begins it and fulfils when it is done. Neither a process is
 * started then nor does this one wait, which a run that is being timed would feel.
 */
export const readyToUnmount = (path: string): (() => Promise<void>) => {
  const child = spawn('sh', ['-c', 'read -r go && exec umount -l "$0"', path], { stdio: ['pipe', 'ignore', 'ignore'] });
  // Nobody waits for one that was never needed: with this process its input ends, and so does it.
  child.unref();
  return async () => {
    const ended = once(child, 'exit');
    child.stdin.end('go\n');
    const [code] = await ended;
    if (code !== 0) throw new Error(`${path} could not be unmounted`);
  };
};

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
