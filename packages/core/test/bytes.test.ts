import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteName, bytesFromBuffer, bytesFromShown, bytesFromText, textFromBytes } from '../src/bytes.ts';

describe('a name as it is shown', () => {
  it('is that name when it is typed back, whatever its bytes are', () => {
    // Pieces that can run into one another, beside any bytes at all.
    const pieces = ['\\', 'x', '5c', '41', 'n', 't', '\n', '\t', 'é', '\u{1f469}', '\ufeff', '\u202e'].map(
      bytesFromText,
    );
    const odd = [[0xff], [0xc3], [0xa9], [0xe2, 0x80], [0xed, 0xa0, 0x80], [0xf5]].map((list) =>
      bytesFromBuffer(Uint8Array.from(list)),
    );
    const names = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map(bytesFromBuffer),
      fc.array(fc.constantFrom(...pieces, ...odd), { maxLength: 12 }).map((list) => list.join('') as ByteName),
    );
    fc.assert(
      fc.property(names, (name) => {
        expect(bytesFromShown(textFromBytes(name))).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    [String.raw`C:\new\temp\xylophone`, String.raw`C:\new\temp\xylophone`],
    [String.raw`a\x4`, String.raw`a\x4`],
    [String.raw`a\x41`, String.raw`a\x5cx41`],
    ['a\nb', String.raw`a\x0ab`],
    [String.raw`a\nb`, String.raw`a\nb`],
    ['\ufeffa', String.raw`\xef\xbb\xbfa`],
  ])('has a backslash for itself wherever it cannot be taken for a byte: %j', (name, shown) => {
    expect(textFromBytes(bytesFromText(name))).toBe(shown);
  });
});
