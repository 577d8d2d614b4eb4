import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatWhole } from '../src/whole-number.ts';

it('writes whole numbers as Intl does', () => {
  const seed = Math.floor(Math.random() * 1e9);
  const same = (value: number): void => {
    expect(formatWhole(value)).toBe(value.toLocaleString('en-GB'));
  };
  [0, 9, 10, 999, 1000, 999_999, 1_000_000, -1, -999, -1000, -123_456, Number.MAX_SAFE_INTEGER].forEach(same);
  fc.assert(fc.property(fc.maxSafeInteger(), same), { seed });
});
