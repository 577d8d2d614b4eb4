import { describe, expect, it } from 'vitest';
import { typeSetsCtime } from '../../src/posix/ctime-tells.ts';

describe('the file systems whose ctime tells of extended attributes', () => {
  it.each([
    ['ext4', 0xef53, '5.4.0-generic', true],
    ['tmpfs', 0x01021994, '6.1.0', true],
    ['tmpfs of old', 0x01021994, '5.15.3', false],
    ['F2FS, which sets it with some ACLs only', 0xf2f52010, '6.18.0', false],
    ['an overlay, which may lie on any', 0x794c7630, '6.18.0', false],
    ['FUSE', 0x65735546, '6.18.0', false],
  ])('%s', (_, type, kernel, tells) => {
    expect(typeSetsCtime(type, kernel)).toBe(tells);
  });
});
