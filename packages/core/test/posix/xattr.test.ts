import { closeSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bytesFromText, type ByteName } from '../../src/bytes.ts';
import { systemCode } from '../../src/posix/errno.ts';
import { readXattrs, writeOpenXattr, writeXattr, xattrsAvailable } from '../../src/posix/xattr.ts';
import { isRoot, temporaryFolder } from './temporary.ts';

const supported = (): boolean => {
  using folder = temporaryFolder();
  writeFileSync(folder.at('file'), '');
  try {
    writeXattr(bytesFromText(folder.at('file')), bytesFromText('user.try'), new Uint8Array());
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(!xattrsAvailable() || !supported())('extended attributes', () => {
  it('are read as they were written: any bytes in names and values, empty ones too', () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at('file'), '');
    const path = bytesFromText(folder.at('file'));
    const values = new Map<ByteName, Buffer>([
      ['user.\xff\xfe' as ByteName, Buffer.from([0, 255, 10])],
      [bytesFromText('user.empty'), Buffer.alloc(0)],
      [bytesFromText('user.long'), Buffer.alloc(3000, 'x')],
      [bytesFromText('user.é'), Buffer.from('é')],
    ]);
    for (const [name, value] of values) writeXattr(path, name, value);
    const found = readXattrs(path) ?? new Map<ByteName, Uint8Array>();
    expect([...found.keys()].sort()).toEqual([...values.keys()].sort());
    for (const [name, value] of values) expect(Buffer.from(found.get(name) ?? [1]).equals(value)).toBe(true);
  });

  it('are set through a descriptor', () => {
    using folder = temporaryFolder();
    const fd = openSync(folder.at('file'), 'w');
    writeOpenXattr(fd, bytesFromText('user.a'), Buffer.from('1'));
    closeSync(fd);
    expect(readXattrs(bytesFromText(folder.at('file')))?.get(bytesFromText('user.a'))).toEqual(Buffer.from('1'));
  });

  it('are those of a link itself, which may have none of a user', ({ skip }) => {
    using folder = temporaryFolder();
    writeFileSync(folder.at('file'), '');
    symlinkSync('file', folder.at('link'));
    const link = bytesFromText(folder.at('link'));
    writeXattr(bytesFromText(folder.at('file')), bytesFromText('user.of-file'), Buffer.from('1'));
    expect(readXattrs(link)).toBeUndefined();
    expect(() => writeXattr(link, bytesFromText('user.of-link'), Buffer.from('1'))).toThrow('"user.of-link"');
    if (!isRoot) skip('links have attributes for root only');
    writeXattr(link, bytesFromText('trusted.of-link'), Buffer.from('2'));
    expect([...(readXattrs(link) ?? [])]).toEqual([['trusted.of-link', Buffer.from('2')]]);
  });

  it('are absent where there are none, and fail with what the system says where they cannot be', () => {
    expect(readXattrs(bytesFromText('/'))).toBeUndefined();
    const failure = (act: () => unknown): string | undefined => {
      try {
        act();
      } catch (error) {
        return systemCode(error);
      }
      return undefined;
    };
    expect(failure(() => readXattrs(bytesFromText('/nowhere')))).toBe('ENOENT');
    expect(
      failure(() => writeXattr(bytesFromText('/proc/self/stat'), bytesFromText('user.a'), Buffer.from('1'))),
    ).toMatch(/^E(NOTSUP|ACCES|PERM)$/);
  });
});
