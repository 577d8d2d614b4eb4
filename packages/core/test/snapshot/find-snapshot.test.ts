import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSnapshot } from '../../src/snapshot/find-snapshot.ts';
import type { ListedSnapshot } from '../../src/snapshot/snapshot-list.ts';

const listed = (id: string, time: string): ListedSnapshot =>
  ({ id, timeNs: BigInt(Date.parse(time)) * 1_000_000n + 123n }) as ListedSnapshot;
const find = (wanted: string): string => findSnapshot(snapshots, wanted).id;

const snapshots = [
  listed('aaa1', '2026-03-05T10:00:00+01:00'),
  // The last hour of a day that has 25 of them in Berlin.
  listed('aaa2', '2026-10-25T23:30:00+01:00'),
  listed('aaa3', '2026-12-01T01:24:35.008Z'),
];

describe('a date that names a snapshot', () => {
  const zone = process.env['TZ'];
  beforeEach(() => {
    process.env['TZ'] = 'Europe/Berlin';
  });
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it('means to its end, also where the clock is changed on that day', () => {
    expect(find('2026-03')).toBe('aaa1');
    expect(find('2026-03-05 10:00')).toBe('aaa1');
    expect(find('2026-10-25')).toBe('aaa2');
    expect(find('2026-12')).toBe('aaa3');
    expect(find('2026-12-01 02:24:35')).toBe('aaa3');
    expect(find('2026-12-01 02:24:34')).toBe('aaa2');
  });

  it('is also taken as --json prints it', () => {
    expect(find('2026-12-01T01:24:35.008Z')).toBe('aaa3');
    expect(find('2026-12-01T02:24:35.008+01:00')).toBe('aaa3');
    expect(find('2026-12-01T01:24:35.007Z')).toBe('aaa2');
    expect(find('2026-12-01T01:24:35Z')).toBe('aaa3');
  });

  it.each(['2026-13', '2026-02-31', '2027-00-01', '2026-12-01 25:00', '2026-12-01 10:60', '2026-13-01T00:00:00Z'])(
    'is refused when there is no such time, and not taken for another one: %s',
    (wanted) => {
      expect(() => find(wanted)).toThrow(
        expect.objectContaining({ code: 'USAGE', message: `there is no such time as ${wanted}` }),
      );
    },
  );
});
