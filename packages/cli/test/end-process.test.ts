import { execFile, spawnSync } from 'node:child_process';
import { platform } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cLibrary } from '../../core/src/posix/library.ts';
import { temporaryFolder } from '@triplicate/core/testing';

/** Opening a pipe that nobody writes to hangs as a file on a dead mount does. */
const program = (pipe: string): string => `
  import { writeSync } from 'node:fs';
  import { open } from 'node:fs/promises';
  import { endProcess } from ${JSON.stringify(new URL('../src/end-process.ts', import.meta.url).href)};
  process.on('exit', () => writeSync(1, ', and told'));
  open(${JSON.stringify(pipe)}, 'r');
  process.stdout.write('written', () => setTimeout(() => endProcess(3), 100));
`;

it.skipIf(platform() === 'win32' || cLibrary() === undefined)(
  'a process with a file call that never comes back ends with its code and as all others do (skipped without a C library to call)',
  async () => {
    await using folder = await temporaryFolder();
    const pipe = join(folder.path, 'pipe');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    const flags = ['--conditions=@triplicate/source', '--input-type=module', '-e', program(pipe)];
    const { promise, resolve } = Promise.withResolvers<unknown>();
    execFile(process.execPath, flags, { timeout: 60_000, killSignal: 'SIGKILL' }, (error, stdout) =>
      resolve({ code: error?.code, signal: error?.signal ?? undefined, stdout }),
    );
    expect(await promise).toEqual({ code: 3, signal: undefined, stdout: 'written, and told' });
  },
);
