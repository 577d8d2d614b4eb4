import { describe, expect, it } from 'vitest';
import { chunkAverage } from '../../src/transform/chunk-average.ts';

describe('the average length of a chunk', () => {
  it.each([
    ['64KiB', 65_536],
    ['1MiB', 1_048_576],
    ['4 MiB', 4_194_304],
    [100_000, 100_000],
  ])('can be written %s', (written, bytes) => {
    expect(chunkAverage.parse(written)).toBe(bytes);
  });

  it.each(['63KiB', '5MiB', '1MB', '1', '', '1.5MiB', '-1MiB', 65_535, 4_194_305, 100_000.5, Number.NaN, null])(
    'cannot be written %s',
    (written) => {
      expect(chunkAverage.safeParse(written).success).toBe(false);
    },
  );
});
