import { describe, expect, it } from 'vitest';
import {
  formatAgo,
  formatBytes,
  formatBytesOf,
  formatClock,
  formatCount,
  formatDuration,
  formatList,
} from '../../src/output/format.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '0.98 KiB'],
    [1024, '1.00 KiB'],
    [1_300_000, '1.24 MiB'],
    [54_000_000, '51.5 MiB'],
    [687_194_767_360, '640 GiB'],
  ])('writes %d with three digits at most', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('writes two amounts in the unit of the larger', () => {
    expect(formatBytesOf(1_300_000, 3_000_000_000)).toBe('0.00 of 2.79 GiB');
    expect(formatBytesOf(0, 3_000_000)).toBe('0 of 2.86 MiB');
  });
});

describe('times', () => {
  it('are a clock on the screen and words in a sentence', () => {
    expect([7, 754, 3723].map(formatClock)).toEqual(['0:07', '12:34', '1:02:03']);
    expect([400, 12_000, 200_000, 7_500_000, 260_000_000].map(formatDuration)).toEqual([
      '0.4 s',
      '12 s',
      '3 min 20 s',
      '2 h 5 min',
      '3 days',
    ]);
    expect([30_000, 720_000, 18_000_000, 260_000_000].map(formatAgo)).toEqual([
      'just now',
      '12 min ago',
      '5 h ago',
      '3 days ago',
    ]);
  });
});

describe('words', () => {
  it('agree with their number', () => {
    expect([formatCount(1, 'file'), formatCount(12_345, 'file'), formatCount(2, 'entry', 'entries')]).toEqual([
      '1 file',
      '12,345 files',
      '2 entries',
    ]);
  });

  it('are joined as people do', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(formatList)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  });
});
