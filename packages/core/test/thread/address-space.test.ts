import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { addressSpaceLimit } from '../../src/posix/address-space.ts';
import { temporaryFolder } from '../../src/testing/index.ts';

const program = fileURLToPath(new URL('room-after-key.ts', import.meta.url));

describe('under a limit on address space', () => {
  it('is known by the system’s table', async () => {
    await using temporary = await temporaryFolder();
    const table = join(temporary.path, 'limits');
    const say = (limit: string): void =>
      writeFileSync(table, `Max locked memory         8388608              8388608              bytes\n${limit}\n`);
    say('Max address space         unlimited            unlimited            bytes');
    expect(addressSpaceLimit(table)).toBeUndefined();
    say('Max address space         18874368000          unlimited            bytes');
    expect(addressSpaceLimit(table)).toBe(18_874_368_000);
    expect(addressSpaceLimit(join(temporary.path, 'none'))).toBeUndefined();
  });

  it.skipIf(platform() !== 'linux')('the key leaves room for all else (Linux)', async () => {
    for (const gigabytes of [18, 22, 26]) {
      const limited = `ulimit -v ${gigabytes * 1024 ** 2} && exec "$0" "$1"`;
      const { stdout } = await promisify(execFile)('/bin/sh', ['-c', limited, process.execPath, program]);
      expect(stdout, `${gigabytes} GB`).toBe('32 1024');
    }
  });
});
