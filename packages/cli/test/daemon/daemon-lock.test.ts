import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockState } from '../../src/daemon/daemon-lock.ts';
import { beganAt } from '../../src/daemon/process-began.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplicate-lock-'));
  file = join(folder, 'daemon.lock');
});
afterEach(() => rm(folder, { recursive: true }));

/** A process that runs. */
const other = process.ppid;
const locked = { code: 'LOCKED', message: `a daemon is running already (process ${other})` };

describe('the lock of the daemon', () => {
  it('keeps a second one out while the first runs', async () => {
    await using _lock = await lockState(file, other);
    await expect(lockState(file, process.pid)).rejects.toMatchObject(locked);
    await writeFile(file, `${other}\n`);
    await expect(lockState(file, process.pid)).rejects.toMatchObject(locked);
  });

  it.skipIf(process.platform === 'win32')(
    'is taken over when another process has the number of a daemon that is gone (skipped on Windows, where no program tells when another began)',
    async () => {
      expect(await beganAt(other)).toMatch(/./);
      await lockState(file, other);
      const lock = await readFile(file, 'utf8');
      await writeFile(file, lock.replace(/\n.+\n$/, '\nlong ago\n'));
      await using _lock = await lockState(file, process.pid);
      expect(await readFile(file, 'utf8')).toMatch(new RegExp(`^${process.pid}\n`));
    },
  );
});
