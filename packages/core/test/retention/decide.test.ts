import { describe, expect, it } from 'vitest';
import { type Retain, retain } from '../../src/config/retain.ts';
import { periodOf } from '../../src/retention/calendar.ts';
import { decideRetention, type RetainedSnapshot } from '../../src/retention/decide.ts';
import { nsFromTimestamp } from '../../src/repository/timestamp.ts';

const now = new Date('2026-11-29T12:00:00Z');

const made = (id: string, time: string, source = 'docs', tags: readonly string[] = []): RetainedSnapshot => ({
  id,
  file: { time, tree: '', paths: ['/'], hostname: 'laptop', tags: [`source:${source}`, ...tags] },
  timeNs: nsFromTimestamp(time),
});

const kept = (snapshots: readonly RetainedSnapshot[], policy: Retain, keepLastWhole = true): Record<string, string> =>
  Object.fromEntries(
    decideRetention(snapshots, policy, { now, keepLastWhole })
      .filter(({ keep }) => keep)
      .map(({ snapshot, reasons }) => [snapshot.id, reasons.join(', ')]),
  );

// What stock restic decides too is held against restic in test/interop; here stands what is ours alone.
describe('retention', () => {
  it('keeps the newest whole snapshot of each source, whatever the policy', () => {
    const snapshots = [
      made('a', '2026-01-01T00:00:00Z'),
      made('b', '2026-02-01T00:00:00Z'),
      made('c', '2026-03-01T00:00:00Z', 'docs', ['incomplete']),
      made('d', '2020-01-01T00:00:00Z', 'phone'),
    ];
    const policy = { tags: ['nothing has it'] };
    expect(kept(snapshots, policy)).toEqual({ b: 'last whole snapshot', d: 'last whole snapshot' });
    expect(kept(snapshots, policy, false)).toEqual({});
    expect(kept(snapshots, { last: 1 })).toEqual({
      b: 'last whole snapshot',
      c: 'last',
      d: 'last, last whole snapshot',
    });
  });

  it('gives every reason, and weighs each host and source by itself', () => {
    const other = made('x', '2026-11-01T10:00:00Z');
    const snapshots = [
      made('a', '2026-11-28T10:00:00Z'),
      made('b', '2026-11-28T22:00:00Z'),
      made('c', '2026-11-29T08:00:00Z', 'docs', ['keep']),
      { ...other, file: { ...other.file, hostname: 'desktop' } },
    ];
    expect(kept(snapshots, { daily: 2, last: 1, tags: ['keep'], within: 12 * 3_600_000 })).toEqual({
      b: 'within, daily',
      c: 'has tag keep, within, last, daily, last whole snapshot',
      x: 'within, last, daily, last whole snapshot',
    });
  });

  it('keeps one of every period where a rule is unlimited', () => {
    const snapshots = [
      made('a', '2024-01-01T00:00:00Z'),
      made('b', '2024-12-31T00:00:00Z'),
      made('c', '2025-06-01T00:00:00Z'),
      made('d', '2026-02-01T00:00:00Z'),
    ];
    expect(kept(snapshots, { yearly: 'unlimited' }, false)).toEqual({
      a: 'oldest yearly',
      b: 'yearly',
      c: 'yearly',
      d: 'yearly',
    });
    expect(retain.parse({ yearly: 'unlimited' })).toEqual({ yearly: 'unlimited' });
    expect(retain.safeParse({ last: -1 }).success).toBe(false);
  });

  it('groups what another program made by host and paths', () => {
    const foreign = (id: string, path: string): RetainedSnapshot => {
      const one = made(id, '2026-01-01T00:00:00Z');
      return { ...one, file: { ...one.file, tags: [], paths: [path] } };
    };
    expect(Object.keys(kept([foreign('a', '/a'), foreign('b', '/b'), foreign('c', '/b')], { last: 1 }))).toEqual([
      'a',
      'b',
    ]);
  });

  it('counts no span from a snapshot of the future', () => {
    const snapshots = [
      made('a', '2026-11-28T00:00:00Z'),
      made('b', '2026-11-20T00:00:00Z'),
      made('f', '2999-01-01T00:00:00Z'),
    ];
    expect(Object.keys(kept(snapshots, { within: 86_400_000 }, false))).toEqual(['f', 'a']);
  });
});

describe('a period', () => {
  it('is cut by the clock where the snapshot was made', () => {
    expect(periodOf.daily('2026-01-01T00:30:00+01:00')).toBe(periodOf.daily('2026-01-01T23:00:00-08:00'));
    expect(periodOf.yearly('2025-12-31T23:30:00Z')).not.toBe(periodOf.yearly('2026-01-01T00:30:00+01:00'));
    expect(periodOf.hourly('2026-06-01T10:59:59.999+05:30')).toBe(periodOf.hourly('2026-06-01T10:00:00+05:30'));
  });

  it('of a week goes over the new year as ISO 8601 says', () => {
    // Monday 2019-12-30 begins week 1 of 2020; Friday 2021-01-01 is in week 53 of 2020.
    expect(periodOf.weekly('2019-12-30T12:00:00Z')).toBe(periodOf.weekly('2020-01-05T23:59:59Z'));
    expect(periodOf.weekly('2020-12-28T00:00:00Z')).toBe(periodOf.weekly('2021-01-03T12:00:00Z'));
    expect(periodOf.weekly('2021-01-04T00:00:00Z')).not.toBe(periodOf.weekly('2021-01-03T23:00:00Z'));
  });
});
