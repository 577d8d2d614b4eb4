import { describe, expect, it } from 'vitest';
import { seededBytes, seededRandom } from '@triplicate/core/testing';
import { DynamicBlobs } from '../../src/engine/dynamic-blobs.ts';
import { idWordsFromBytes } from '../../src/engine/ids.ts';

describe('the blobs of a run', () => {
  it('are found through a view that was there before the table grew', () => {
    const random = seededRandom(20_261_130);
    const memory = DynamicBlobs.memory();
    const [one, other] = [new DynamicBlobs(memory), new DynamicBlobs(memory)];
    const ids = Array.from({ length: 60_000 }, () => idWordsFromBytes(seededBytes(random, 32)));
    const seen: number[] = [];
    const places = ids.map((id) => {
      seen.push(other.find(id, false));
      const place = one.insert(id, false);
      seen.push(other.find(id, false) - place);
      return place;
    });
    expect(seen.every((found, i) => found === (i % 2 === 0 ? -1 : 0))).toBe(true);
    expect(other.count).toBe(ids.length);
    expect(ids.map((id) => other.find(id, false))).toEqual(places);
    expect(ids.every((id) => other.find(id, true) === -1)).toBe(true);
    expect(other.words.length).toBeGreaterThanOrEqual(one.words.length);
  });
});
