import { closeSync, lstatSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesFromText } from '../../src/bytes.ts';
import { posixLimits } from '../../src/posix/limits.ts';
import { fsTimes, setOpenFileTimes, setPathTimes } from '../../src/posix/times.ts';
import { temporaryFolder } from './temporary.ts';

/** What ext4 can hold, which is the narrowest of the usual file systems: 1901 to 2446. */
const instant = fc.bigInt({ min: -(2n ** 31n - 1n) * 1_000_000_000n, max: (2n ** 33n + 2n ** 32n) * 1_000_000_000n });

describe.skipIf(posixLimits().length > 0)('times', () => {
  it('are set to the nanosecond, before 1970 too, by path and by descriptor', () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at('file'), '');
    const fd = openSync(folder.at('file'), 'r');
    const seed = 20_261_129;
    fc.assert(
      fc.property(instant, instant, fc.boolean(), (atimeNs, mtimeNs, open) => {
        if (open) setOpenFileTimes(fd, { atimeNs, mtimeNs });
        else setPathTimes(bytesFromText(folder.at('file')), { atimeNs, mtimeNs });
        const stat = lstatSync(folder.at('file'), { bigint: true });
        expect([stat.atimeNs, stat.mtimeNs]).toEqual([atimeNs, mtimeNs]);
      }),
      {
        seed,
        examples: [
          [-1n, 1n, true],
          [0n, -1_000_000_000n, false],
          [999_999_999n, -999_999_999n, true],
        ],
      },
    );
    closeSync(fd);
  });

  it('are those of a link itself', () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at('file'), '');
    const before = lstatSync(folder.at('file'), { bigint: true }).mtimeNs;
    symlinkSync('file', folder.at('link'));
    setPathTimes(bytesFromText(folder.at('link')), { atimeNs: 1n, mtimeNs: -2n });
    expect(lstatSync(folder.at('link'), { bigint: true }).mtimeNs).toBe(-2n);
    expect(lstatSync(folder.at('file'), { bigint: true }).mtimeNs).toBe(before);
  });

  it('fail with what the system says', () => {
    expect(() => setPathTimes(bytesFromText('/nowhere/at/all'), { atimeNs: 0n, mtimeNs: 0n })).toThrow(
      expect.objectContaining({
        code: 'NOT_FOUND',
        context: { system: 'ENOENT' },
        message: '"/nowhere/at/all": no such file or folder',
      }),
    );
  });
});

describe('times as node:fs takes them', () => {
  it('are right to the microsecond, before 1970 to the millisecond', () => {
    expect(fsTimes({ atimeNs: 1_700_000_000_123_456_789n, mtimeNs: -1_500_000_000n })).toEqual([
      1_700_000_000.123456,
      new Date(-1500),
    ]);
  });
});
