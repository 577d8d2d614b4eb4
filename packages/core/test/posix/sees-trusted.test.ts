import { writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seesTrusted } from '../../src/posix/sees-trusted.ts';
import { temporaryFolder } from '../../src/testing/index.ts';

describe.skipIf(platform() !== 'linux')('who is shown trusted attributes (Linux)', () => {
  it.each([
    ['root', '000001ffffffffff', true],
    ['root in a container, or in a service without CAP_SYS_ADMIN', '000001ffffdfffff', false],
    ['a user', '0000000000000000', false],
  ])('%s', async (_, effective, sees) => {
    await using temporary = await temporaryFolder();
    const status = join(temporary.path, 'status');
    writeFileSync(status, `CapPrm:\t000001ffffffffff\nCapEff:\t${effective}\nCapBnd:\t000001ffffffffff\n`);
    const map = (name: string, text: string): string => {
      writeFileSync(join(temporary.path, name), text);
      return join(temporary.path, name);
    };
    expect(seesTrusted(status, map('whole', '         0          0 4294967295\n'))).toBe(sees);
    // As it is after `unshare --user --map-root-user`, in which all rights are shown.
    expect(seesTrusted(status, map('own', '         0       1000          1\n'))).toBe(false);
    expect(seesTrusted(join(temporary.path, 'none'))).toBe(false);
  });
});
