import type { PrunePlan } from '@triplicate/core';
import { expect, it } from 'vitest';
import { createStyle } from '../../src/output/style.ts';
import { formatPrunePlan, pruneText } from '../../src/render/prune.ts';

const plan: PrunePlan = {
  destination: 'disk',
  snapshots: 2,
  usedBytes: 2048,
  remove: { packs: 0, bytes: 0 },
  repack: { packs: 0, bytes: 0 },
  freedBytes: 0,
  unusedLeft: 0,
  waits: false,
};

it('a prune with nothing to do says what is needed in one line', () => {
  expect(formatPrunePlan(plan, createStyle(false)).split('\n')).toEqual([
    'disk',
    '  2 snapshots need 2.00 KiB; not needed and left: 0 B',
  ]);
  const some = { ...plan, remove: { packs: 1, bytes: 10 }, freedBytes: 10 };
  expect(formatPrunePlan(some, createStyle(false)).split('\n')).toHaveLength(5);
});

it('a prune that failed is not told to have freed what it planned to, nor one that marked', () => {
  const big = { ...plan, freedBytes: 2048 };
  const results = [
    { destination: 'disk', status: 'pruned', plan: big },
    { destination: 'full', status: 'failed', plan: big },
    { destination: 'cloud', status: 'marked', plan: big },
  ] as const;
  expect(pruneText(results)).toBe('freed 2.00 KiB, marked 2.00 KiB for a day later');
  expect(pruneText(results.slice(0, 2))).toBe('freed 2.00 KiB');
});
