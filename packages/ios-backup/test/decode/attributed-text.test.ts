import { isBackupError } from '@triplicate/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAttributedText } from '../../src/decode/attributed-text.ts';
import { fuzz } from '../fixtures/fuzz.ts';
import { attributedBody } from '../fixtures/typedstream-writer.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 20261129);

// The shape that Messages writes for a one-line message, byte for byte: NSAttributedString over NSObject, one run, one attribute.
const fromAPhone = Buffer.from(
  '040b73747265616d747970656481e803840140848484124e5341747472696275746564537472696e67008484084e534f626a656374008592848484084e53537472696e67019484012b0548656c6c6f8684026949010592848484' +
    '0c4e5344696374696f6e617279009484016901928496961d5f5f6b494d4d657373616765506172744174747269627574654e616d658692848484084e534e756d626572008484074e5356616c7565009484012a84999900868686',
  'hex',
);

describe('the text of a message', () => {
  it('is read as a phone wrote it', () => {
    const { text, runs } = decodeAttributedText(fromAPhone);
    expect(text).toBe('Hello');
    expect(runs).toEqual([{ start: 0, length: 5, attributes: new Map([['__kIMMessagePartAttributeName', 0]]) }]);
  });

  it('keeps its runs and their attributes, whatever the lengths', () => {
    const attribute = fc.oneof(fc.string({ maxLength: 40 }), fc.integer({ min: 0, max: 100_000 }));
    const run = fc.record({
      text: fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }),
      attributes: fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), attribute, {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    });
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 12 }), (runs) => {
        const read = decodeAttributedText(attributedBody(runs));
        expect(read.text).toBe(runs.map((r) => r.text).join(''));
        expect(read.runs.map((r) => read.text.slice(r.start, r.start + r.length))).toEqual(runs.map((r) => r.text));
        expect(read.runs.map((r) => Object.fromEntries(r.attributes))).toEqual(runs.map((r) => ({ ...r.attributes })));
      }),
      { seed, numRuns: 150 },
    );
  });

  it('longer than 65,535 bytes is read whole', () => {
    const text = 'ünï'.repeat(40_000);
    expect(decodeAttributedText(attributedBody([{ text, attributes: {} }])).text).toBe(text);
  });

  it('is refused while its string is cut, and whole once the string is', () => {
    const end = fromAPhone.indexOf('Hello') + 5;
    for (let length = 0; length <= end; length++) {
      expect(() => decodeAttributedText(fromAPhone.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'CORRUPT' }),
      );
    }
    for (let length = end + 1; length < fromAPhone.length; length++) {
      expect(decodeAttributedText(fromAPhone.subarray(0, length)).text).toBe('Hello');
    }
  });

  it('that refers to itself ends', () => {
    const hostile = Buffer.concat([fromAPhone.subarray(0, 19), Buffer.alloc(5000, 0x84)]);
    expect(() => decodeAttributedText(hostile)).toThrow(expect.objectContaining({ code: 'CORRUPT' }));
  });

  it('never crashes or hangs on damaged input', () => {
    const rich = attributedBody([
      { text: 'a😀b', attributes: { one: 1, two: 'zwei' } },
      { text: 'c', attributes: {} },
    ]);
    const result = fuzz(decodeAttributedText, [fromAPhone, rich], 20_000, seed);
    expect(result.inputs).toBe(20_000);
    expect(result.refused).toBeGreaterThan(1000);
    expect(isBackupError(undefined)).toBe(false);
  });
});
