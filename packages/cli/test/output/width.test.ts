import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, cutStart, padEnd, widthOf } from '../../src/output/width.ts';

describe('cut', () => {
  it('leaves what fits and marks what was cut', () => {
    expect(cut('photos', 6)).toBe('photos');
    expect(cut('photographs', 6)).toBe('photo…');
    expect(cutStart('/home/anna/photos', 10)).toBe('…na/photos');
  });

  it('counts wide letters as two columns', () => {
    expect(widthOf('写真')).toBe(4);
    expect(widthOf(cut('写真と動画', 5))).toBeLessThanOrEqual(5);
  });

  it('never gives more columns than asked for, whatever the letters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 40 }), (text, columns) => {
        expect(widthOf(cut(text, columns))).toBeLessThanOrEqual(columns);
        expect(widthOf(cutStart(text, columns))).toBeLessThanOrEqual(columns);
      }),
      { seed: 4_711, numRuns: 500 },
    );
  });

  it('pads to a width and not to a length', () => {
    expect(padEnd('写真', 6)).toBe('写真  ');
  });
});
