import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Message } from '../../src/decode/protobuf.ts';
import { fuzz } from '../fixtures/fuzz.ts';
import { message } from '../fixtures/protobuf-writer.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 20261129);

describe('a protobuf message', () => {
  it('reads the published example of the encoding', () => {
    expect(new Message(Buffer.from('089601', 'hex')).number(1)).toBe(150);
    expect(new Message(Buffer.from('120774657374696e67', 'hex')).string(2)).toBe('testing');
    expect(new Message(Buffer.from('1a03089601', 'hex')).at(3)?.number(1)).toBe(150);
    expect(new Message(Buffer.from('08feffffffffffffffff01', 'hex')).number(1)).toBe(-2);
    expect(new Message(Buffer.from('0d01000000', 'hex')).number(1)).toBe(1);
  });

  it('gives back what was written', () => {
    const field = fc.tuple(
      fc.integer({ min: 1, max: 536_870_911 }),
      fc.oneof(fc.integer({ min: 0 }), fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 300 })),
    );
    fc.assert(
      fc.property(fc.uniqueArray(field, { selector: ([n]) => n, maxLength: 20 }), (fields) => {
        const read = new Message(message(...fields));
        const given = fields.map(([n, value]) => {
          if (typeof value === 'number') return read.number(n);
          return typeof value === 'string' ? read.string(n) : Uint8Array.from(read.bytes(n) ?? []);
        });
        expect(given).toEqual(fields.map(([, value]) => value));
      }),
      { seed, numRuns: 150 },
    );
  });

  it('never crashes or hangs on damaged input', () => {
    const inner = message([1, 5], [2, 'text'], [5, message([1, 3], [2, message([1, 100])])]);
    const result = fuzz(
      (bytes) => new Message(bytes).at(2, 3)?.string(2),
      [message([2, message([2, 1], [3, inner])])],
      20_000,
      seed,
    );
    expect(result.refused).toBeGreaterThan(1000);
  });
});
