import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parsePlist,
  PlistError,
  PlistReal,
  PlistUid,
  type PlistValue,
  writeBinaryPlist,
  writeXmlPlist,
} from '@triplicate/plist';

const integers = fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n }).map((n) => {
  return n >= BigInt(Number.MIN_SAFE_INTEGER) && n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : n;
});
const seconds = fc.integer({ min: -2_000_000_000, max: 4_000_000_000 }).map((s) => new Date(s * 1000));
const xmlText = fc
  .string({ unit: 'binary', maxLength: 40 })
  // oxlint-disable-next-line no-control-regex -- what XML cannot carry
  .map((s) => s.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?'));

const values = (text: fc.Arbitrary<string>): fc.Arbitrary<PlistValue> =>
  fc.letrec<{ value: PlistValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.boolean(),
      integers,
      fc.integer({ min: -70_000, max: 5_000_000_000 }),
      fc.double({ noNaN: true }).map((n) => new PlistReal(n)),
      text,
      seconds,
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.nat().map((n) => new PlistUid(n)),
      fc.array(tie('value'), { maxLength: 20 }),
      fc
        .array(fc.tuple(text, tie('value')), { maxLength: 20 })
        .map((pairs) => dictionary(pairs.filter(([key]) => key !== 'CF$UID'))),
    ),
  })).value;

const dictionary = (pairs: readonly (readonly [string, PlistValue])[]): PlistValue => {
  const result = Object.create(null) as Record<string, PlistValue>;
  for (const [key, value] of pairs) result[key] = value;
  return result;
};

const refused = (bytes: Uint8Array, limits = {}): string => {
  try {
    parsePlist(bytes, limits);
  } catch (error) {
    if (error instanceof PlistError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
};
const outcome = (bytes: Uint8Array): string => {
  try {
    parsePlist(bytes);
    return 'a list';
  } catch (error) {
    return error instanceof PlistError ? 'a PlistError' : String(error);
  }
};
const xml = (body: string): Buffer => Buffer.from(`<?xml version="1.0"?><plist version="1.0">${body}</plist>`);

describe('property lists', () => {
  it('gives back every value that was written in binary', () => {
    fc.assert(
      fc.property(values(fc.string({ unit: 'binary', maxLength: 40 })), (value) => {
        expect(parsePlist(writeBinaryPlist(value), { reals: 'wrapped' })).toStrictEqual(value);
      }),
      { numRuns: 400 },
    );
  });

  it('gives back every value that was written as XML', () => {
    fc.assert(
      fc.property(values(xmlText), (value) => {
        expect(parsePlist(writeXmlPlist(value), { reals: 'wrapped' })).toStrictEqual(value);
      }),
      { numRuns: 400 },
    );
  });

  it('never fails on hostile bytes with anything but a PlistError', () => {
    const valid = writeBinaryPlist({
      a: [1, 2n ** 70n, 'é', new Date(0), new PlistUid(7), 1.5],
      b: { c: Buffer.alloc(40) },
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }).map((tail) => Buffer.concat([Buffer.from('bplist00'), tail])),
          fc.string({ unit: 'binary' }).map((s) => xml(s)),
          fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }).map((edits) => {
            const bytes = Buffer.from(valid);
            for (const [at, byte] of edits) bytes[at] = byte;
            return bytes;
          }),
        ),
        (bytes) => {
          expect(['a list', 'a PlistError']).toContain(outcome(bytes));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('writes integers in the widths that CoreFoundation uses', () => {
    const first = (value: PlistValue): string => writeBinaryPlist(value).subarray(8, 25).toString('hex');
    expect(first(255)).toMatch(/^10ff/);
    expect(first(256)).toMatch(/^110100/);
    expect(first(65_536)).toMatch(/^1200010000/);
    expect(first(-13)).toMatch(/^13fffffffffffffff3/);
    expect(first(2n ** 63n)).toMatch(/^1400000000000000008000000000000000/);
    expect(first(new PlistReal(2, 4))).toMatch(/^2240000000/);
    expect(first(2.1)).toMatch(/^234000cccccccccccd/);
  });

  it('reads a minus one that was written as sixteen bytes', () => {
    const bytes = writeBinaryPlist(2n ** 64n);
    bytes.fill(0xff, 9, 25);
    expect(parsePlist(bytes)).toBe(-1);
  });

  it('keeps a key named __proto__ as a key', () => {
    const value = parsePlist(xml('<dict><key>__proto__</key><dict><key>x</key><true/></dict></dict>'));
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(({} as { x?: boolean }).x).toBeUndefined();
  });

  it('reads what other writers put into XML', () => {
    const text = `<!DOCTYPE plist PUBLIC "a" "b"><!-- c --><plist><array><string>a&#x1F600;<![CDATA[<&>]]></string>
      <integer>-0x10</integer><integer>18446744073709551615</integer><real>-inf</real><data> AQ
      ID </data><string/><date>2024-02-29T12:00:00Z</date></array></plist>\n\0`;
    expect(parsePlist(Buffer.from(text))).toEqual([
      'a😀<&>',
      -16,
      18_446_744_073_709_551_615n,
      -Infinity,
      Buffer.from([1, 2, 3]),
      '',
      new Date('2024-02-29T12:00:00Z'),
    ]);
    expect(parsePlist(Buffer.from('\ufeff<array/>', 'utf16le'))).toEqual([]);
  });

  it('refuses entity bombs, deep nesting, too many values and text that is no list', () => {
    const bomb = '<!DOCTYPE plist [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><plist><string>&b;</string></plist>';
    expect(refused(Buffer.from(bomb))).toContain('declares entities');
    expect(refused(xml('<string>&b;</string>'))).toContain('unknown entity');
    expect(refused(xml('<array>'.repeat(200) + '</array>'.repeat(200)))).toContain('nested deeper than 128');
    expect(refused(xml('<array/>'.repeat(3)))).toContain('two values');
    expect(refused(xml(`<array>${'<true/>'.repeat(50)}</array>`), { maxObjects: 40 })).toContain('more than 40 values');
    expect(refused(Buffer.alloc(50), { maxBytes: 20 })).toContain('more than 20');
    expect(refused(Buffer.from('hello'))).toContain('text where a tag belongs');
    expect(refused(Buffer.alloc(0))).toContain('empty');
    expect(refused(xml('<string>a'))).toContain('tag inside');
  });

  it('refuses a binary list that contains itself', () => {
    const bytes = writeBinaryPlist([[]]);
    bytes[9] = 0;
    expect(refused(bytes)).toContain('contains itself');
  });

  it('refuses a binary list that is small in the file and huge when walked', () => {
    const levels = 40;
    const parts: Buffer[] = [Buffer.from('bplist00')];
    for (let i = 0; i < levels; i++) parts.push(Buffer.of(0xa2, i + 1, i + 1));
    parts.push(Buffer.of(0x09));
    const objects = Buffer.concat(parts);
    const offsets = Buffer.from(Array.from({ length: levels + 1 }, (_, i) => 8 + 3 * i));
    const trailer = Buffer.alloc(32);
    trailer[6] = 1;
    trailer[7] = 1;
    trailer.writeBigUInt64BE(BigInt(levels + 1), 8);
    trailer.writeBigUInt64BE(BigInt(objects.length), 24);
    expect(refused(Buffer.concat([objects, offsets, trailer]))).toContain('more than 4000000 values');
  });

  it('says what it cannot write', () => {
    expect(() => writeXmlPlist('a\u0000b')).toThrow(PlistError);
    expect(() => writeXmlPlist('\ud800')).toThrow(PlistError);
    expect(() => writeBinaryPlist(2n ** 127n)).toThrow(PlistError);
    const loop: PlistValue[] = [];
    loop.push(loop);
    expect(() => writeBinaryPlist(loop)).toThrow(PlistError);
    expect(() => writeXmlPlist(loop)).toThrow(PlistError);
  });
});
