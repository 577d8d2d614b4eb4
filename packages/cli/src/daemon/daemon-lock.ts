import { BackupError } from '@triplicate/core';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { beganAt } from './process-began.ts';

/**
 * One daemon for each state folder. LOCKED names the process that runs; a lock whose process is gone is taken over, also when another one
 * has its number since.
 */
export const lockState = async (file: string, pid: number): Promise<AsyncDisposable> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      const handle = await open(file, 'wx', 0o600);
      await handle.writeFile(`${pid}\n${(await beganAt(pid)) ?? ''}\n`);
      await handle.close();
      return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const [number = '', began = ''] = (await readFile(file, 'utf8').catch(() => '')).split('\n');
      const other = Number(number.trim());
      if (Number.isSafeInteger(other) && other > 0 && other !== pid && (await isRunning(other, began))) {
        throw new BackupError('LOCKED', `a daemon is running already (process ${other})`, {
          hint: 'end that one first, or give this one another TRIPLICATE_STATE_DIR',
        });
      }
      await rm(file, { force: true });
    }
  }
  throw new BackupError('LOCKED', 'another daemon began at the same time');
};

/** `began`: when the one that is meant did; empty where nobody could tell. */
const isRunning = async (pid: number, began: string): Promise<boolean> => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = began === '' ? undefined : await beganAt(pid);
  return now === undefined || now === began;
};
