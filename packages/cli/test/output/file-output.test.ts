import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileOutput } from '../../src/output/file-output.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const run = promisify(execFile);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplicate-full-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The program, with its result in a device that is always full. */
const toFull = async (...parameters: string[]): Promise<{ code: unknown; stderr: string }> => {
  const line = `exec '${process.execPath}' --conditions=@triplicate/source '${main}' "$@" > /dev/full`;
  const env = { PATH: process.env['PATH'], HOME: folder, NO_COLOR: '1', NODE_COMPILE_CACHE: join(folder, 'cache') };
  return run('sh', ['-c', line, 'sh', ...parameters], { cwd: folder, env, timeout: 60_000 }).then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: { code: unknown; stderr: string }) => error,
  );
};

describe('a result that goes into a file', () => {
  it.skipIf(process.platform !== 'linux')(
    'is no success when the disk is full: `cat … > photo.jpg` left half a photo and ended with 0',
    async () => {
      for (const parameters of [['plugins', '--json'], ['--version']]) {
        const { code, stderr } = await toFull(...parameters);
        expect([parameters, code, stderr]).toEqual([
          parameters,
          1,
          'error: what was printed is not whole: no space left\n  hint: make room where the output goes, and run it again\n',
        ]);
      }
    },
  );

  it('is written to its end where the system takes it in parts', async () => {
    const taken: Buffer[] = [];
    const output = new FileOutput((bytes, offset) => {
      taken.push(Buffer.from(bytes.subarray(offset, offset + 3)));
      return Math.min(3, bytes.length - offset);
    });
    output.end('ten bytes.');
    await once(output, 'finish');
    expect(Buffer.concat(taken).toString()).toBe('ten bytes.');
  });

  it('says so when the rest of a part does not fit', async () => {
    let calls = 0;
    const output = new FileOutput(() => {
      if (calls++ > 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      return 3;
    });
    const told = new Promise((resolve) => output.once('error', resolve));
    output.write('ten bytes.');
    await told;
    expect(output.errored).toMatchObject({ code: 'ENOSPC' });
  });
});
