import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, sleepFor } from '../clock.ts';
import { BackupError, throwIfAborted } from '../errors.ts';

export interface LockFileOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** No call behind it takes as long: who held it for a minute was killed. */
const staleMs = 60_000;
const pollMs = 50;

/** Runs `work` while this process alone holds the file. UNAVAILABLE when another one does not let go of it. */
export const withLockFile = async <T>(
  file: string,
  { clock, signal }: LockFileOptions,
  work: () => Promise<T>,
): Promise<T> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const deadline = clock.now().getTime() + 2 * staleMs;
  while (!(await take(file))) {
    throwIfAborted(signal);
    if (await isStale(file, clock)) await rm(file, { force: true });
    else if (clock.now().getTime() > deadline) throw new BackupError('UNAVAILABLE', `another process holds "${file}"`);
    else await sleepFor(clock, pollMs, signal);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
};

const take = async (file: string): Promise<boolean> => {
  try {
    await (await open(file, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'EEXIST') return false;
    throw error;
  }
};

const isStale = async (file: string, clock: Clock): Promise<boolean> => {
  const made = await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
  return made !== undefined && clock.now().getTime() - made > staleMs;
};
