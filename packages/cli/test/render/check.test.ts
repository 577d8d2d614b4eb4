import type { CheckResult } from '@triplicate/core';
import { expect, it } from 'vitest';
import { createStyle } from '../../src/output/style.ts';
import { formatCheck } from '../../src/render/check.ts';

it('a check says of packs that no index names just that: they may be needed', () => {
  const seen = { snapshots: 3, packs: 12, packsRead: 0, bytesRead: 0, unused: 1, lost: [] };
  const errors = [{ kind: 'blob', id: 'ab', message: '"/a" in snapshot f3ab22ad lacks blob ab' }] as const;
  const results: CheckResult[] = [{ destination: 'disk', status: 'damaged', errors, ...seen }];
  expect(formatCheck(results, createStyle(false))).toContain(
    'damaged: 1 error in 3 snapshots, 12 packs, 1 pack that no index names',
  );
});

it('a check says where packs that no index names come from, and what frees them, where nothing is lacking', () => {
  const seen = { snapshots: 3, packs: 12, packsRead: 0, bytesRead: 0, unused: 9, lost: [] };
  const results: CheckResult[] = [{ destination: 'disk', status: 'whole', errors: [], ...seen }];
  expect(formatCheck(results, createStyle(false))).toContain('`triplicate prune` frees it');
});

it('a check names the first of many snapshots that are gone, and counts the rest', () => {
  const lost = Array.from({ length: 167 }, (_, at) => String(at).padStart(64, '0'));
  const seen = { snapshots: 3, packs: 12, packsRead: 0, bytesRead: 0, unused: 0, lost };
  const results: CheckResult[] = [{ destination: 'disk', status: 'whole', errors: [], ...seen }];
  const lines = formatCheck(results, createStyle(false)).split('\n');
  expect(lines[0]).toContain('it has lost 167 snapshots that it had');
  expect(lines.slice(-1)).toEqual(['  and 157 more']);
  expect(lines).toHaveLength(12);
});
