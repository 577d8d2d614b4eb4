import { describe, expect, it } from 'vitest';
import { BackupError, blameClock, clockSkewMs, describeSkew } from '../../src/index.ts';

const now = new Date('2026-06-01T12:00:00.500Z');
const at = (text: string): string => new Date(text).toUTCString();

describe('the clock of a server', () => {
  it('tells by how much ours is wrong, and nothing where there is none', () => {
    expect(clockSkewMs(at('2026-06-01T12:00:00Z'), now)).toBe(0);
    expect(clockSkewMs(at('2026-06-01T14:00:00Z'), now)).toBe(-7_200_000);
    for (const none of [undefined, null, '', 'soon']) expect(clockSkewMs(none, now)).toBeUndefined();
  });

  it('is compared in words', () => {
    expect(describeSkew(-90_000)).toBe('90 s behind that of the server');
    expect(describeSkew(-20 * 60_000)).toBe('20 min behind that of the server');
    expect(describeSkew(3 * 3_600_000)).toBe('3 h ahead of that of the server');
    expect(describeSkew(-400 * 86_400_000)).toBe('400 days behind that of the server');
  });

  it('is named first where we are refused and ours is wrong, and nowhere else', () => {
    const refused = new BackupError('AUTH', 'cannot open x: no', { hint: 'Check "key".', context: { status: 403 } });
    const blamed = blameClock(refused, at('2026-06-01T14:00:00Z'), now);
    expect(blamed.message).toBe('cannot open x: no; the clock of this machine is 2 h behind that of the server');
    expect(blamed.hint).toMatch(/^Set the clock of this machine.*If that is not it: check "key"\.$/);
    expect(blamed.context).toEqual({ status: 403, clockSkewSeconds: -7200 });
    expect(blameClock(refused, at('2026-06-01T12:04:00Z'), now)).toBe(refused);
    expect(blameClock(refused, undefined, now)).toBe(refused);
    const busy = new BackupError('UNAVAILABLE', 'busy');
    expect(blameClock(busy, at('2026-06-01T14:00:00Z'), now)).toBe(busy);
  });
});
