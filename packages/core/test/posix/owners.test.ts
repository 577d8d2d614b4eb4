import { execFileSync } from 'node:child_process';
import { getegid, geteuid } from 'node:process';
import { describe, expect, it } from 'vitest';
import { posixLimits } from '../../src/posix/limits.ts';
import { groupName, userName } from '../../src/posix/owners.ts';

describe.skipIf(posixLimits().length > 0)('names of owners', () => {
  it('are those that the system has', () => {
    expect(userName(geteuid?.() ?? 0)).toBe(execFileSync('id', ['-un'], { encoding: 'utf8' }).trim());
    expect(groupName(getegid?.() ?? 0)).toBe(execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim());
  });
  it('are absent for an id that nobody has', () => {
    expect([userName(3_999_999_999), groupName(3_999_999_999)]).toEqual([undefined, undefined]);
  });
});
