import { seededBytes, seededRandom } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { quickXorOf } from '../../../test/servers/onedrive/quick-xor.ts';
import { QuickXorHash } from '../src/quick-xor-hash.ts';

const hashOf = (content: Uint8Array): string => new QuickXorHash().update(content).digest();

describe('quickXorHash', () => {
  it.each([
    [Buffer.alloc(0), 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
    [Buffer.from('hello'), 'aCgDG9jwBgAAAAAABQAAAAAAAAA='],
    [Buffer.alloc(2 ** 20), 'AAAAAAAAAAAAAAAAAAAQAAAAAAA='],
    [Buffer.alloc(5 * 2 ** 20, 'a'), 'AAAAAAAAAAAAAAAAAABQAAAAAAA='],
  ])('is what `rclone hashsum quickxor` prints', (content, expected) => {
    expect(hashOf(content)).toBe(expected);
  });

  it('is the same however the content is cut, and as the documentation computes it bit by bit', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 20; round += 1) {
      const content = seededBytes(random, Math.floor(random() * 5000));
      const hash = new QuickXorHash();
      for (let at = 0; at < content.byteLength;) {
        const size = 1 + Math.floor(random() * 700);
        hash.update(content.subarray(at, at + size));
        at += size;
      }
      expect(hash.digest()).toBe(quickXorOf(content));
    }
  });
});
