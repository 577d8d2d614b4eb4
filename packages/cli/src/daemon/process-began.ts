import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** When a process began, as one line that no other process of that number has, also after a restart; `undefined` where nobody tells. */
export const beganAt = async (pid: number): Promise<string | undefined> => {
  try {
    if (process.platform === 'linux') return await byProc(pid);
    if (process.platform === 'win32') return undefined;
    const { stdout } = await exec('ps', ['-o', 'lstart=', '-p', String(pid)], {
      env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/bin:/usr/bin' },
    });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
};

/** Ticks since the start of the machine, whose every start has an id. */
const byProc = async (pid: number): Promise<string | undefined> => {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
  ]);
  // The name of the program, in brackets, may hold anything.
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return ticks === undefined ? undefined : `${boot.trim()} ${ticks}`;
};
