import type { KeyListing } from '@triplicate/core';
import { expect, it } from 'vitest';
import { createStyle } from '../../src/output/style.ts';
import { formatKeys } from '../../src/render/keys.ts';

const key = (destination: string, id: string, created: string, current: boolean): KeyListing => ({
  destination,
  id,
  current,
  info: { created, username: 'anna', hostname: 'laptop', params: { N: 1024, r: 8, p: 1 } },
});

it('a list of keys names the oldest first, and a further password changes no number of a set', () => {
  const old = '2026-01-01T00:00:00Z';
  const further = '2026-02-01T00:00:00Z';
  const text = formatKeys(
    [
      key('a', 'aa', further, false),
      key('a', 'bb', old, true),
      key('b', 'cc', old, true),
      key('b', 'dd', further, false),
    ],
    createStyle(false),
  );
  const rows = text.split('\n').slice(1);
  expect(rows.map((row) => row.split(/\s+/)).map(([on, id, , , , set]) => [on, id, set])).toEqual([
    ['a', 'bb', '1'],
    ['a', 'aa', '2'],
    ['b', 'cc', '1'],
    ['b', 'dd', '2'],
  ]);
});
