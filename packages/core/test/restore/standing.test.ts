import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bytesFromText } from '../../src/bytes.ts';
import { setPathTimes } from '../../src/posix/times.ts';
import { temporaryFolder } from '../posix/temporary.ts';
import { paths, problems, restore, text } from './kit.ts';
import { file, folder, MemorySnapshot } from './memory-snapshot.ts';

describe('what stands in the way', () => {
  const time = new Date('2020-01-02T03:04:05.123Z');
  const timeNs = BigInt(time.getTime()) * 1_000_000n;
  const spec = {
    same: file('1234', { mtime: time.toISOString(), mode: 0o600 }),
    other: file('abcd'),
    sub: folder({ c: file('c') }),
  };
  const setUp = (root: string): void => {
    mkdirSync(root);
    writeFileSync(`${root}/same`, 'WXYZ');
    setPathTimes(bytesFromText(`${root}/same`), { atimeNs: timeNs, mtimeNs: timeNs });
    writeFileSync(`${root}/other`, 'standing');
    writeFileSync(`${root}/foreign`, 'foreign');
  };

  it('is replaced by default', async () => {
    using temporary = temporaryFolder();
    setUp(temporary.at('root'));
    linkSync(temporary.at('root/other'), temporary.at('twin'));
    const report = await restore(spec, temporary.at('root'));
    expect([
      text(temporary.at('root/same')),
      text(temporary.at('root/other')),
      text(temporary.at('root/foreign')),
    ]).toEqual(['1234', 'abcd', 'foreign']);
    expect([report.files, report.skipped]).toEqual([3, 0]);
    // A file that has another name elsewhere keeps its content there.
    expect(text(temporary.at('twin'))).toBe('standing');
  });

  it('stays with if-changed when size and time are the same, and gets its attributes', async () => {
    using temporary = temporaryFolder();
    setUp(temporary.at('root'));
    const report = await restore(spec, temporary.at('root'), { overwrite: 'if-changed' });
    expect([text(temporary.at('root/same')), text(temporary.at('root/other'))]).toEqual(['WXYZ', 'abcd']);
    expect(lstatSync(temporary.at('root/same')).mode & 0o7777).toBe(0o600);
    expect([report.files, report.skipped]).toEqual([2, 1]);
  });

  it('stays with never, whatever it is', async () => {
    using temporary = temporaryFolder();
    setUp(temporary.at('root'));
    symlinkSync('nowhere', temporary.at('root/sub'));
    const before = lstatSync(temporary.at('root/same')).mode;
    const report = await restore(spec, temporary.at('root'), { overwrite: 'never' });
    expect([text(temporary.at('root/same')), text(temporary.at('root/other'))]).toEqual(['WXYZ', 'standing']);
    expect(lstatSync(temporary.at('root/same')).mode).toBe(before);
    expect(readlinkSync(temporary.at('root/sub'))).toBe('nowhere');
    expect(problems(report)).toEqual(['sub: ALREADY_EXISTS']);
  });

  it('goes with --delete, where it was asked for', async () => {
    using temporary = temporaryFolder();
    setUp(temporary.at('root'));
    mkdirSync(temporary.at('root/sub/deep/er'), { recursive: true });
    writeFileSync(temporary.at('root/sub/deep/er/x'), '');
    writeFileSync(temporary.at('root/keep.me'), '');
    const report = await restore(spec, temporary.at('root'), { delete: true, exclude: ['*.me'] });
    expect(readdirSync(temporary.at('root')).sort()).toEqual(['keep.me', 'other', 'same', 'sub']);
    expect(readdirSync(temporary.at('root/sub'))).toEqual(['c']);
    expect(report.deleted).toBe(4);
    writeFileSync(temporary.at('root/foreign'), '');
    writeFileSync(temporary.at('root/sub/foreign'), '');
    await restore(spec, temporary.at('root'), { delete: true, paths: paths('sub') });
    expect([existsSync(temporary.at('root/foreign')), existsSync(temporary.at('root/sub/foreign'))]).toEqual([
      true,
      false,
    ]);
  });

  it('keeps everything in a folder whose tree cannot be read to its end, whatever --delete says', async () => {
    using temporary = temporaryFolder();
    mkdirSync(temporary.at('root/sub'), { recursive: true });
    writeFileSync(temporary.at('root/sub/z'), '');
    const snapshot = new MemorySnapshot({ sub: folder({ a: file('1'), b: file('2') }) });
    snapshot.torn.set('sub', 1);
    const report = await restore(snapshot, temporary.at('root'), { delete: true });
    expect(problems(report)).toEqual(['sub: CORRUPT']);
    expect(readdirSync(temporary.at('root/sub'))).toEqual(['a', 'z']);
  });

  it('is a folder where a file belongs: one that is empty goes, another one stays unless --delete is given', async () => {
    using temporary = temporaryFolder();
    for (const name of ['same/inside', 'other']) mkdirSync(temporary.at(`root/${name}`), { recursive: true });
    const report = await restore(spec, temporary.at('root'));
    expect(problems(report)).toEqual(['same: ALREADY_EXISTS']);
    expect(text(temporary.at('root/other'))).toBe('abcd');
    expect(problems(await restore(spec, temporary.at('root'), { delete: true }))).toEqual([]);
    expect(text(temporary.at('root/same'))).toBe('1234');
  });
});
