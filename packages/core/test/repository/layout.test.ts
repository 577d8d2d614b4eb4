import { describe, expect, it } from 'vitest';
import { isKey } from '../../src/destination/destination.ts';
import { idOfKey, objectKey, prefixOf, type ObjectKind } from '../../src/repository/layout.ts';

const id = 'ab'.repeat(32);
const kinds: readonly ObjectKind[] = ['data', 'index', 'keys', 'locks', 'snapshots'];

describe('the layout', () => {
  it.each(kinds)('has a key for an id in %s, and the id for the key', (kind) => {
    const key = objectKey(kind, id);
    expect(isKey(key)).toBe(true);
    expect(key.startsWith(prefixOf(kind))).toBe(true);
    expect(idOfKey(key)).toBe(id);
  });

  it('spreads packs over 256 folders', () => {
    expect(objectKey('data', id)).toBe(`data/ab/${id}`);
  });

  it.each([
    `data/${id}`,
    `data/cd/${id}`,
    `index/${id}x`,
    `index/x/${id}`,
    `tmp/${id}`,
    'config',
    `keys/${id.toUpperCase()}`,
    `locks/${id}-tmp-1`,
  ])('finds no id in %s', (key) => {
    expect(idOfKey(key)).toBeUndefined();
  });
});
