import { expect, it } from 'vitest';
import { measureNeeded, sumOf } from './needed.ts';

it('exporting one conversation reads the list of files, its database and its pictures, and little else', async () => {
  const { cold, warm, neededBytes, phoneBytes, files } = await measureNeeded(30);
  expect(files).toBe(12);
  expect(phoneBytes).toBeGreaterThan(1.3 * neededBytes);
  // Of the whole repository: key, config, index and snapshot are in it.
  expect(sumOf(cold.bytes)).toBeLessThan(neededBytes * 1.05);
  expect(sumOf(cold.requests)).toBeLessThan(200);
  expect(sumOf(warm.bytes)).toBeLessThan(sumOf(cold.bytes));
});
