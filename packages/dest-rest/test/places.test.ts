import { isKey } from '@triplicate/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf, pathOf, placeOf, planList } from '../src/places.ts';

const id = 'ab'.repeat(32);
const seed = Math.floor(performance.timeOrigin);

const part = fc.oneof(
  fc.constantFrom('data', 'index', 'keys', 'locks', 'snapshots', 'triplicate', 'config', 'ab', id, 'anna'),
  fc.stringMatching(/^[a-z0-9._-]{1,8}$/),
);
const key = fc
  .array(part, { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join('/'))
  .filter(isKey);

describe('the place of an object on a REST server', () => {
  it('is that of the protocol for what restic keeps, below any folder', () => {
    const paths = [
      [`data/ab/${id}`, `data/${id}`],
      [`anna/nas/data/ab/${id}`, `anna/nas/data/${id}`],
      [`keys/${id}`, `keys/${id}`],
      ['config', 'config'],
      ['anna/config', 'anna/config'],
      ['triplicate/forget/one', 'triplicate/forget~one'],
      ['anna/triplicate/one', 'anna/triplicate/one'],
      [`data/cd/${id}`, `triplicate/~data~cd~${id}`],
      ['foo/bar', 'triplicate/~foo~bar'],
    ] as const;
    for (const [name, path] of paths) expect(pathOf(placeOf(name))).toBe(path);
  });

  it(`leads back to its key, and two keys never share one (seed ${seed})`, () => {
    const property = fc.property(key, key, (a, b) => {
      expect(keyOf(placeOf(a))).toBe(a);
      expect(a === b || pathOf(placeOf(a)) !== pathOf(placeOf(b))).toBe(true);
    });
    fc.assert(property, { seed, numRuns: 500 });
  });

  it(`is among those that a listing with any beginning of the key looks at, or that it says it cannot tell (seed ${seed})`, () => {
    const property = fc.property(key, fc.nat(), (name, cut) => {
      const prefix = name.slice(0, cut % (name.length + 1));
      const place = placeOf(name);
      const plan = planList(prefix);
      const looked = plan.folders.some(
        ({ folder, repository }) => folder === place.folder && repository === place.repository,
      );
      const isConfig = plan.config !== undefined && pathOf(plan.config) === pathOf(place);
      const below =
        plan.below !== undefined && place.repository.startsWith(plan.below) && place.repository !== plan.below;
      expect(looked || isConfig || below).toBe(true);
    });
    fc.assert(property, { seed, numRuns: 500 });
  });
});
