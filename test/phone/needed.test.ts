import { expect, it } from 'vitest';
import { noRadosgw } from '../servers/radosgw.ts';
import { measureNeeded, sumOf } from './needed.ts';
import { measureNeededOfS3 } from './needed-s3.ts';

it('exporting one conversation reads the list of files, its database and its pictures, and little else', async () => {
  const { cold, warm, neededBytes, phoneBytes, files } = await measureNeeded(30);
  expect(files).toBe(12);
  expect(phoneBytes).toBeGreaterThan(1.3 * neededBytes);
  // Of the whole repository: key, config, index and snapshot are in it.
  expect(sumOf(cold.bytes)).toBeLessThan(neededBytes * 1.05);
  expect(sumOf(cold.requests)).toBeLessThan(200);
  expect(sumOf(warm.bytes)).toBeLessThan(sumOf(cold.bytes));
});

it.skipIf(noRadosgw !== undefined)(
  `and out of a real S3 server no more than that, counted on the wire${noRadosgw === undefined ? '' : `: ${noRadosgw}`}`,
  { timeout: 120_000 },
  async () => {
    const { cold, warm, neededBytes, phoneBytes, pictures } = await measureNeededOfS3(60);
    expect(pictures).toBe(12);
    expect(phoneBytes).toBeGreaterThan(1.5 * neededBytes);
    expect(sumOf(cold.bytes)).toBeLessThan(neededBytes * 1.05);
    // Something was counted: the pictures cannot be compressed.
    expect(sumOf(cold.bytes)).toBeGreaterThan(12 * 1_500_000);
    expect(sumOf(cold.requests)).toBeLessThan(200);
    expect(sumOf(warm.bytes)).toBeLessThan(sumOf(cold.bytes));
  },
);
