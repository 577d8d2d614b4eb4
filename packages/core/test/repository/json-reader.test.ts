import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesFromText } from '../../src/bytes.ts';
import { JsonReader } from '../../src/repository/json-reader.ts';
import { assert } from './support/assert.ts';

const readerOf = (json: string): JsonReader => new JsonReader(bytesFromText(json));

describe('reading JSON piece by piece', () => {
  it('finds the bytes of every string that JSON can hold', () => {
    assert.holds(fc.string({ unit: 'binary' }), (text) => {
      expect(readerOf(JSON.stringify(text)).string()).toBe(bytesFromText(text.toWellFormed()));
      const escaped = text.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
      expect(readerOf(`"${escaped}"`).string()).toBe(bytesFromText(text.toWellFormed()));
    });
  });

  it('takes a surrogate that stands alone for U+FFFD, as Go does', () => {
    expect(readerOf('"\\ud800x\\ud800\\u0041\\udc00"').string()).toBe(bytesFromText('\ufffdx\ufffdA\ufffd'));
  });

  it('steps over any value, and gives it as it stands there', () => {
    assert.holds(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const json = JSON.stringify(value);
      const reader = readerOf(` ${json} `);
      expect(reader.raw()).toBe(bytesFromText(json));
      reader.end();
    });
  });

  it('knows an id from everything that is none', () => {
    const id = '0123456789abcdef'.repeat(4);
    const reader = readerOf(`[ "${id}" ,1]`);
    reader.beginArray();
    expect(reader.element() && reader.id()).toBe(id);
    expect(reader.element() && reader.integer(1)).toBe(1);
    for (const other of [id.slice(1), `${id}0`, id.toUpperCase(), `g${id.slice(1)}`, `${id.slice(1)}"`])
      expect(readerOf(`"${other}"`).id()).toBeUndefined();
    for (const value of [id, `"${id}`, 'null', '[]', '']) expect(readerOf(value).id()).toBeUndefined();
  });

  it('has integers of 64 bits whole', () => {
    assert.holds(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) =>
      expect(readerOf(String(value)).uint64()).toBe(value),
    );
    assert.holds(fc.maxSafeNat(), (value) =>
      expect(readerOf(`${value},`).integer(Number.MAX_SAFE_INTEGER)).toBe(value),
    );
  });

  it.each(['18446744073709551616', '-1', '1.0', '1e3', '007', '', 'x', '99999999999999999999999'])(
    'refuses %j as an integer',
    async (json) => {
      await assert.fails(() => readerOf(json).uint64(), 'CORRUPT');
      await assert.fails(() => readerOf(json).integer(Number.MAX_SAFE_INTEGER), 'CORRUPT');
    },
  );

  it('refuses an integer above the limit', async () => {
    await assert.fails(() => readerOf('9007199254740993').integer(Number.MAX_SAFE_INTEGER), 'CORRUPT');
    await assert.fails(() => readerOf('4294967296').integer(2 ** 32 - 1), 'CORRUPT');
  });

  it('reads members and elements with white space between them', () => {
    const reader = readerOf(' { "a" : [ 1 , 2 ] ,\n"b":{} , "c" : null }');
    const seen: unknown[] = [];
    reader.beginObject();
    for (let key = reader.key(); key !== undefined; key = reader.key()) {
      seen.push(key);
      if (reader.null()) continue;
      if (key !== 'a') {
        reader.skip();
        continue;
      }
      reader.beginArray();
      while (reader.element()) seen.push(reader.integer(9));
    }
    reader.end();
    expect(seen).toEqual(['a', 1, 2, 'b', 'c']);
  });

  it.each([
    '{"a":1,}',
    '{,}',
    '{"a" 1}',
    '{"a":1 "b":2}',
    '[1,]',
    '[1 2]',
    '[',
    '{',
    '"',
    '"\\q"',
    '"\\u12"',
    'nul',
    'tru',
    '01x',
    '1 2',
    '{a:1}',
  ])('refuses %j', async (json) => {
    await assert.fails(() => {
      const reader = readerOf(json);
      reader.skip();
      reader.end();
    }, 'CORRUPT');
  });

  it('refuses brackets that would exhaust the stack', async () => {
    await assert.fails(() => readerOf('['.repeat(1_000_000)).skip(), 'CORRUPT');
  });

  it('fails with nothing but CORRUPT on any input', () => {
    assert.holds(
      fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0123tfn-.e '.split('')) }),
      (json) => assert.survives(() => readerOf(json).skip()),
      3000,
    );
  });
});
