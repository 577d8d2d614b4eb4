import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { isTimestamp, nsFromTimestamp, timestampFromNs, zeroTimestamp } from '../../src/repository/timestamp.ts';
import { assert } from './support/assert.ts';

const ns = (iso: string, nanoseconds = 0n): bigint => BigInt(Date.parse(iso)) * 1_000_000n + nanoseconds;
const zone = process.env['TZ'];
/** In the range of years that restic keeps. */
const anyInstant = fc.bigInt({ min: ns('0000-01-02T00:00:00Z'), max: ns('9999-12-30T00:00:00Z') });

afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

describe('a timestamp', () => {
  it.each([
    [0n, '1970-01-01T00:00:00Z'],
    [1n, '1970-01-01T00:00:00.000000001Z'],
    [-1n, '1969-12-31T23:59:59.999999999Z'],
    [120_000_000n, '1970-01-01T00:00:00.12Z'],
    [ns('2026-11-29T04:29:56Z', 123_456_789n), '2026-11-29T04:29:56.123456789Z'],
    [ns('2000-02-29T12:00:00Z'), '2000-02-29T12:00:00Z'],
    [ns('0001-01-01T00:00:00Z'), zeroTimestamp],
    [ns('9999-12-31T23:59:59Z', 999_999_999n), '9999-12-31T23:59:59.999999999Z'],
  ])('of %i ns is %s', (instant, text) => {
    expect(timestampFromNs(instant, 'utc')).toBe(text);
    expect(nsFromTimestamp(text)).toBe(instant);
  });

  it.each([
    ['Europe/Berlin', '2026-03-29T00:59:59Z', '2026-03-29T01:59:59+01:00'],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', '2026-03-29T03:00:00+02:00'],
    ['America/St_Johns', '2026-01-01T00:00:00Z', '2025-12-31T20:30:00-03:30'],
    ['Asia/Kathmandu', '2026-01-01T00:00:00Z', '2026-01-01T05:45:00+05:45'],
    ['UTC', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
  ])('in %s has the offset of its own instant', (name, instant, text) => {
    process.env['TZ'] = name;
    expect(timestampFromNs(ns(instant), 'local')).toBe(text);
    expect(nsFromTimestamp(text)).toBe(ns(instant));
  });

  it('comes back to the nanosecond, in any zone', () => {
    for (const name of ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Kiritimati']) {
      process.env['TZ'] = name;
      assert.holds(fc.tuple(anyInstant, fc.constantFrom('local' as const, 'utc' as const)), ([instant, kind]) => {
        const text = timestampFromNs(instant, kind);
        expect(isTimestamp(text)).toBe(true);
        expect(nsFromTimestamp(text)).toBe(instant);
      });
    }
  });

  it('agrees with Date', () => {
    assert.holds(anyInstant, (instant) => {
      const ms = Number(instant / 1_000_000n) - (instant < 0n && instant % 1_000_000n !== 0n ? 1 : 0);
      const whole = timestampFromNs(BigInt(ms) * 1_000_000n, 'utc');
      expect(new Date(whole).getTime()).toBe(ms);
    });
  });

  it.each([
    ['-0001-06-15T01:02:03Z', '0000-06-15T01:02:03.000000005Z'],
    ['+010000-01-01T00:00:00Z', '9999-01-01T00:00:00.000000005Z'],
    ['+010004-02-29T00:00:00Z', '9999-03-01T00:00:00.000000005Z'],
    ['-000004-02-29T00:00:00Z', '0000-02-29T00:00:00.000000005Z'],
  ])('of the year that restic cannot store (%s) keeps everything but the year', (instant, text) => {
    const ms = instant.startsWith('-0001') ? Date.UTC(-1, 5, 15, 1, 2, 3) : Date.parse(instant);
    expect(timestampFromNs(BigInt(ms) * 1_000_000n + 5n, 'utc')).toBe(text);
  });

  it('is made for every time that a file system can hold', () => {
    assert.holds(fc.bigInt({ min: -(2n ** 63n) * 10n ** 9n, max: 2n ** 63n * 10n ** 9n }), (instant) => {
      expect(nsFromTimestamp(timestampFromNs(instant, 'utc'))).toBeDefined();
      expect(nsFromTimestamp(timestampFromNs(instant, 'local'))).toBeDefined();
    });
  });

  it('of the last second that a file system can hold keeps its day and time', () => {
    // Unix time of 64 bits reaches from -292277022657-01-27T08:29:52Z to 292277026596-12-04T15:30:07Z.
    expect(timestampFromNs((2n ** 63n - 1n) * 10n ** 9n, 'utc')).toBe('9999-12-04T15:30:07Z');
    expect(timestampFromNs(-(2n ** 63n) * 10n ** 9n, 'utc')).toBe('0000-01-27T08:29:52Z');
  });

  it('is read with an offset, and with more digits than a nanosecond has', () => {
    expect(nsFromTimestamp('1970-01-01T01:00:00.0000000019+01:00')).toBe(1n);
    expect(nsFromTimestamp('1969-12-31T23:00:00-01:00')).toBe(0n);
  });

  it.each([
    '',
    'yesterday',
    '2026-11-29',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00+24:00',
    '2026-00-01T00:00:00Z',
  ])('is not %j', async (text) => {
    await assert.fails(() => nsFromTimestamp(text), 'CORRUPT');
  });
});
