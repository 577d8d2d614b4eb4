import { describe, expect, it } from 'vitest';
import { choosePacks, type PruneLimits } from '../../src/prune/choose.ts';
import type { PackUsage } from '../../src/prune/pack-usage.ts';

const pack = (id: string, usedBytes: number, unusedBytes: number, holds: PackUsage['holds'] = 'data'): PackUsage => ({
  pack: 0,
  id,
  size: usedBytes + unusedBytes,
  usedBytes,
  unusedBytes,
  usedBlobs: usedBytes > 0 ? 1 : 0,
  holds,
});

const packs = [pack('full', 1000, 0), pack('empty', 0, 1000), pack('half', 500, 500), pack('most', 900, 100)];
const chosen = (limits: Partial<PruneLimits>, of: readonly PackUsage[] = packs): Record<string, string> => {
  const { remove, repack, keep } = choosePacks(of, {
    maxUnused: { percent: 5 },
    maxRepackBytes: Number.POSITIVE_INFINITY,
    smallBytes: 0,
    ...limits,
  });
  const named = (list: readonly PackUsage[]): string => list.map(({ id }) => id).join(' ');
  return { remove: named(remove), repack: named(repack), keep: named(keep) };
};

describe('a prune', () => {
  it('removes what nothing needs, and packs anew the most wasteful until little enough is left', () => {
    expect(chosen({})).toEqual({ remove: 'empty', repack: 'half', keep: 'full most' });
    expect(chosen({ maxUnused: { bytes: 0 } })).toEqual({ remove: 'empty', repack: 'half most', keep: 'full' });
    expect(chosen({ maxUnused: { bytes: 600 } })).toEqual({ remove: 'empty', repack: '', keep: 'full half most' });
    expect(chosen({ maxUnused: 'unlimited', smallBytes: 1e9 })).toEqual({
      remove: 'empty',
      repack: '',
      keep: 'full half most',
    });
  });

  it('reads and writes no more than it may', () => {
    expect(chosen({ maxUnused: { bytes: 0 }, maxRepackBytes: 1000 })).toMatchObject({ repack: 'half' });
    expect(chosen({ maxUnused: { bytes: 0 }, maxRepackBytes: 999 })).toMatchObject({ repack: '' });
  });

  it('joins small packs of one kind where there are many', () => {
    const small = Array.from({ length: 8 }, (_, i) => pack(`s${i}`, 10, 0));
    expect(chosen({ smallBytes: 11 }, [...small, pack('tree', 10, 0, 'tree'), pack('full', 1000, 0)])).toEqual({
      remove: '',
      repack: small.map(({ id }) => id).join(' '),
      keep: 'tree full',
    });
    expect(chosen({ smallBytes: 11 }, small.slice(1))).toMatchObject({ repack: '' });
  });
});
