import { describe, expect, it } from 'vitest';
import { beginOf, endOf, knownZone, parseMoment } from '../../src/inside/period.ts';

const begin = (text: string, zone: string): string => beginOf(parseMoment(text), zone).toISOString();
const end = (text: string, zone: string): string => endOf(parseMoment(text), zone).toISOString();

describe('a period', () => {
  it('is of the days of the zone that is shown', () => {
    expect(begin('2024-03-01', 'UTC')).toBe('2024-03-01T00:00:00.000Z');
    expect(begin('2024-03-01', 'America/Los_Angeles')).toBe('2024-03-01T08:00:00.000Z');
    expect(end('2024-03-01', 'Pacific/Auckland')).toBe('2024-03-01T11:00:00.000Z');
    expect(end('2024-03-01 18:30', 'Asia/Kolkata')).toBe('2024-03-01T13:00:00.000Z');
  });

  it('knows days of 23 and 25 hours, and hours that come twice or not at all', () => {
    expect(end('2024-03-31', 'Europe/Berlin')).toBe('2024-03-31T22:00:00.000Z');
    expect(end('2024-10-27', 'Europe/Berlin')).toBe('2024-10-27T23:00:00.000Z');
    expect(begin('2024-03-31 02:00', 'Europe/Berlin')).toBe('2024-03-31T01:00:00.000Z');
    expect(begin('2024-10-27 02:30', 'Europe/Berlin')).toBe('2024-10-27T00:30:00.000Z');
    // The clocks of Cairo go forward at midnight: that day begins at one.
    expect(begin('2024-04-26', 'Africa/Cairo')).toBe('2024-04-25T22:00:00.000Z');
  });

  it('is refused when it has no such day, or the zone is not known', () => {
    for (const text of ['2024-02-30', 'yesterday', '2024-13-01', '2024-03-01 25:00'])
      expect(() => parseMoment(text)).toThrow('Write a day');
    expect(() => knownZone('Mars/Olympus')).toThrow('"Mars/Olympus" is no time zone');
  });
});
