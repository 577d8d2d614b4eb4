import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactFiles, compactResults, filesOf, resultsOf } from '../../src/engine/compact-lists.ts';
import type { FileJob, FileResult } from '../../src/engine/messages.ts';
import { assert } from '../repository/support/assert.ts';

const latin1 = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)) });
const number64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const job: fc.Arbitrary<FileJob> = fc.record({ localPath: latin1, inode: number64, device: number64 });
const content: fc.Arbitrary<FileResult> = fc.record({
  size: fc.maxSafeNat(),
  newBlobs: fc.nat(),
  newBytes: fc.maxSafeNat(),
  newPlainBytes: fc.maxSafeNat(),
  ids: fc.nat({ max: 5 }).chain((ids) => fc.uint8Array({ minLength: 32 * ids, maxLength: 32 * ids })),
});
const failure: fc.Arbitrary<FileResult> = fc.record({
  failed: fc.constantFrom('NOT_FOUND' as const, 'UNREADABLE' as const),
  message: fc.string(),
});

describe('lists between threads', () => {
  it('name the same files on the other side', () => {
    assert.holds(fc.array(job), (jobs) => expect(filesOf(structuredClone(compactFiles(jobs)))).toEqual(jobs));
  });

  it('give each file its own result, failed ones among them', () => {
    assert.holds(fc.array(fc.oneof(content, failure)), (results) =>
      expect(resultsOf(structuredClone(compactResults(results)))).toEqual(results),
    );
  });
});
