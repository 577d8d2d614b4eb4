import { closeSync, mkdirSync, openSync, readFileSync, ftruncateSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type ByteName, bytesFromText } from '../../src/bytes.ts';
import { openFolder } from '../../src/posix/open-folder.ts';
import { Jobs } from '../../src/restore/jobs.ts';
import { createDistinct, foldedName, ignoresCase } from '../../src/restore/case.ts';
import { checkName, partialName } from '../../src/restore/names.ts';
import { restoreToFolder } from '../../src/restore/restore.ts';
import { dataRanges, writeAt } from '../../src/restore/sparse.ts';
import { isRoot, temporaryFolder } from '../posix/temporary.ts';
import { file, folder, MemorySnapshot } from './memory-snapshot.ts';

/** Bytes in pieces, many of them zeros, about as long as a block. */
const holey = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 9000 }), fc.constantFrom(0, 0, 1)), { maxLength: 8 })
  .map((pieces) => Buffer.concat(pieces.map(([length, byte]) => Buffer.alloc(length, byte))));

describe('holes', () => {
  it('are left out of the ranges to write, and nothing but whole blocks of zeros is', () => {
    const seed = 20_261_129;
    fc.assert(
      fc.property(holey, fc.integer({ min: 0, max: 10_000 }), (bytes, offset) => {
        const rebuilt = Buffer.alloc(bytes.length);
        let last = 0;
        for (const [from, to] of dataRanges(bytes, offset)) {
          expect(from).toBeLessThan(to);
          expect(from).toBeGreaterThanOrEqual(last);
          expect(from === 0 || (offset + from) % 4096 === 0).toBe(true);
          expect(to === bytes.length || (offset + to) % 4096 === 0).toBe(true);
          bytes.copy(rebuilt, from, from, to);
          last = to;
        }
        expect(rebuilt.equals(bytes)).toBe(true);
        const written = [...dataRanges(bytes, offset)].reduce((sum, [from, to]) => sum + to - from, 0);
        let zeroBlocks = 0;
        for (let at = (4096 - (offset % 4096)) % 4096; at + 4096 <= bytes.length; at += 4096)
          if (bytes.subarray(at, at + 4096).every((byte) => byte === 0)) zeroBlocks += 1;
        expect(written).toBe(bytes.length - zeroBlocks * 4096);
      }),
      { seed },
    );
  });

  it('read as the zeros they stand for', async () => {
    using temporary = temporaryFolder();
    const bytes = Buffer.concat([
      Buffer.alloc(5000),
      Buffer.from('x'),
      Buffer.alloc(300_000),
      Buffer.from('y'),
      Buffer.alloc(4096 * 80 - 10 - 305_002),
    ]);
    const fd = openSync(temporary.at('file'), 'w+');
    const end = await writeAt(fd, bytes, { offset: 10, sparse: true });
    expect(end).toBeLessThan(10 + bytes.length);
    ftruncateSync(fd, 10 + bytes.length);
    closeSync(fd);
    expect(readFileSync(temporary.at('file')).subarray(10).equals(bytes)).toBe(true);
  });
});

describe('jobs', () => {
  it('run so many at the same time and no more', async () => {
    const jobs = new Jobs(3);
    let [active, most, done] = [0, 0, 0];
    for (let i = 0; i < 20; i += 1)
      await jobs.start(async () => {
        active += 1;
        most = Math.max(most, active);
        await setTimeout(1);
        active -= 1;
        done += 1;
      });
    await jobs.idle();
    expect([most, done, active]).toEqual([3, 20, 0]);
  });
});

describe('names', () => {
  it('are written under a short name of their own first, however long they are', () => {
    const long = partialName(bytesFromText('x'.repeat(255)));
    expect(long).toMatch(/^\.triplicate-[0-9a-f]{16}\.partial$/);
    expect(partialName(bytesFromText('y'))).not.toBe(long);
    expect(() => checkName(long)).not.toThrow();
  });
  it('are one where case and Unicode forms are not told apart', () => {
    const distinct = createDistinct(true);
    distinct(bytesFromText('Readme'));
    expect(() => distinct(bytesFromText('README'))).toThrow(expect.objectContaining({ code: 'ALREADY_EXISTS' }));
    const tells = createDistinct(false);
    for (const name of ['a', 'A']) expect(() => tells(bytesFromText(name))).not.toThrow();
    expect(foldedName(bytesFromText('É'))).toBe(foldedName(bytesFromText('e\u0301')));
  });
  it('may have any byte but a slash and a zero', () => {
    const allowed = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1)).filter((byte) => byte !== '/');
    for (const byte of allowed) expect(() => checkName(`a${byte}` as ByteName)).not.toThrow();
  });
});

describe('a disk that ignores case', () => {
  it.skipIf(!isRoot)('refuses the second of two names that are one there', async ({ skip }) => {
    using temporary = temporaryFolder();
    const image = temporary.at('image');
    mkdirSync(temporary.at('disk'));
    const made =
      spawnSync('truncate', ['-s', '4M', image]).status === 0 &&
      spawnSync('mkfs.vfat', [image]).status === 0 &&
      spawnSync('mount', ['-o', 'loop', image, temporary.at('disk')]).status === 0;
    if (!made) skip('a FAT disk cannot be made here');
    try {
      const report = await restoreToFolder(
        new MemorySnapshot({ A: file('1'), a: folder({ x: file('2') }), b: file('3') }),
        temporary.at('disk'),
        {
          signal: new AbortController().signal,
          owners: 'never',
        },
      );
      expect(report.problems.filter(({ error }) => error.code === 'ALREADY_EXISTS').map(({ path }) => path)).toEqual([
        'a',
      ]);
      expect(readFileSync(temporary.at('disk/A'), 'utf8')).toBe('1');
    } finally {
      spawnSync('umount', [temporary.at('disk')]);
    }
  });
  it('is told by a trial that leaves nothing', () => {
    using temporary = temporaryFolder();
    using folderHeld = openFolder(temporary.bytes);
    expect(ignoresCase(folderHeld)).toBe(process.platform !== 'linux');
    expect(folderHeld.names()).toEqual([]);
  });
});
