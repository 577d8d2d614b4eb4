import { existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { foldersOf, keepCodeIn } from '@triplicate/core/start';
import { readVersion } from './version.ts';

/**
 * Has Node keep what it compiles, in our cache folder: whoever can write there chooses what is run, and Node's own place is in a folder for
 * everybody. Where that cannot be done, all is compiled anew each time.
 */
export const keepCompiledCode = (kind: string): void => {
  const { env, pid, platform } = process;
  const userId = process.getuid?.();
  try {
    const { cache } = foldersOf({ env, platform, cwd: process.cwd(), home: homedir(), hostname: hostname(), userId });
    const all = join(cache, 'code');
    const folder = join(all, readVersion());
    if (!existsSync(folder)) {
      // What is left of other versions.
      rmSync(all, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    if (userId !== undefined && ![all, folder].every((one) => isOnlyOf(userId, one))) return;
    enableCompileCache(folder);
    keepCodeIn({ folder, kind, adds: pid % oneInSoMany === 0 });
  } catch {
    // A home that is not there, or a disk that is full.
  }
};

/** Runs that add to what is kept when the first few have: an unchanged backup calls little of what one calls that finds something new. */
const oneInSoMany = 8;

const writableByOthers = 0o022;

const isOnlyOf = (userId: number, folder: string): boolean => {
  const stat = lstatSync(folder);
  return stat.isDirectory() && stat.uid === userId && (stat.mode & writableByOthers) === 0;
};
