import { describe, expect, it } from 'vitest';
import { seededBytes, seededRandom } from '@triplicate/core/testing';
import { ContentHash, contentHash } from '../src/content-hash.ts';

describe('the content hash of Dropbox', () => {
  it.each([
    [Buffer.alloc(0), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [Buffer.from('hello'), '9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50'],
    [Buffer.alloc(2 ** 20), '599d71033d700ac892a0e48fa61b125d2f59941bb45da1909444d43c6ee0bab2'],
    [Buffer.alloc(5 * 2 ** 20, 'a'), '31eebee77ad19453ca9817312ea1a938a001f5507fda7c721601319ad84aa857'],
  ])('is what `rclone hashsum dropbox` prints', (content, expected) => {
    expect(contentHash(content)).toBe(expected);
  });

  it('is the same however the content is cut', () => {
    const random = seededRandom(3);
    const content = seededBytes(random, 9_000_000);
    const hash = new ContentHash();
    for (let at = 0; at < content.byteLength;) {
      const size = 1 + Math.floor(random() * 2_000_000);
      hash.update(content.subarray(at, at + size));
      at += size;
    }
    expect(hash.digest()).toBe(contentHash(content));
  });
});
