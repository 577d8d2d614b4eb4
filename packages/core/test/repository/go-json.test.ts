import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesFromText, type ByteName } from '../../src/bytes.ts';
import {
  bytesOfText,
  encodeRune,
  goJson,
  isUtf8,
  jsonString,
  quoteName,
  textOfBytes,
  unquoteName,
} from '../../src/repository/go-json.ts';
import { anyByteString } from './support/arbitraries.ts';
import { assert } from './support/assert.ts';

const quoted = (text: string): string => quoteName(bytesFromText(text));

describe('names as strconv.Quote writes them', () => {
  it.each([
    ['plain name.txt', 'plain name.txt'],
    ['a"b', 'a\\"b'],
    ['a\\b', 'a\\\\b'],
    ["it's", "it's"],
    ['\x07\b\f\n\r\t\v', '\\a\\b\\f\\n\\r\\t\\v'],
    ['\x01\x1f\x7f', '\\x01\\x1f\\x7f'],
    ['<&>', '<&>'],
    ['\u0080\u009f', '\\u0080\\u009f'],
    ['a\u00a0b\u00ad', 'a\\u00a0b\\u00ad'],
    ['\u2028\u2029\u200b', '\\u2028\\u2029\\u200b'],
    ['\ufeff', '\\ufeff'],
    ['\u{10ffff}', '\\U0010ffff'],
    ['\u{e0001}', '\\U000e0001'],
  ])('%j', (name, expected) => {
    expect(quoted(name)).toBe(expected);
  });

  it.each(['¡', '\u0377', '\u038c', 'äöü', '日本語', '😀', 'e\u0301', '\ufffd', '\u{1fae8}'])(
    'leaves %s as it is',
    (name) => {
      expect(quoted(name)).toBe(bytesFromText(name));
    },
  );

  it('escapes what Unicode got after version 15.0, since Go does not know it as printable', () => {
    expect(quoted('\u{2ebf0}')).toBe('\\U0002ebf0');
    expect(quoted('\u{1fae9}')).toBe('\\U0001fae9');
  });

  it.each([
    ['\xff\xfe', '\\xff\\xfe'],
    ['a\xc3', 'a\\xc3'],
    ['\xc0\xaf', '\\xc0\\xaf'],
    ['\xe0\x80\x80', '\\xe0\\x80\\x80'],
    ['\xed\xa0\x80', '\\xed\\xa0\\x80'],
    ['\xf4\x90\x80\x80', '\\xf4\\x90\\x80\\x80'],
    ['\xe2\x82', '\\xe2\\x82'],
  ])('writes %j, which is no UTF-8, byte by byte', (name, expected) => {
    expect(quoteName(name as ByteName)).toBe(expected);
  });

  it('come back as they were, whatever their bytes are', () => {
    assert.holds(anyByteString, (name) => expect(unquoteName(quoteName(name))).toBe(name), 2000);
  });
});

describe('unquoting', () => {
  it.each([
    ['\\101\\x41\\u0041\\U00000041', 'AAAA'],
    ['\\377', '\xff'],
    ['\\u00e4', '\xc3\xa4'],
    ['\\U0001F600', '\xf0\x9f\x98\x80'],
    ['\\xC3\\xa4', '\xc3\xa4'],
  ])('understands %s', (text, expected) => {
    expect(unquoteName(text)).toBe(expected);
  });

  it.each(['a"b', 'a\nb', '\\', '\\q', "\\'", '\\x4', '\\u123', '\\U0011ffff', '\\ud800', '\\400', '\\1', 'ends\\'])(
    'finds the mistake in %j',
    (text) => {
      expect(unquoteName(text)).toBeUndefined();
    },
  );
});

describe('strings as encoding/json writes them', () => {
  it.each([
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['<&>', '"\\u003c\\u0026\\u003e"'],
    ['\x00\x08\x0c\n\r\t\x1f\x7f', '"\\u0000\\b\\f\\n\\r\\t\\u001f\x7f"'],
    ['\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa', '"\\u2028\\u2029\xe2\x80\xaa"'],
    ['\xc3\xa4', '"\xc3\xa4"'],
    ['a\xff\xc3', '"a\\ufffd\\ufffd"'],
  ])('%j', (bytes, expected) => {
    expect(jsonString(bytes)).toBe(expected);
  });

  it('are JSON, and lose nothing of what is UTF-8', () => {
    assert.holds(anyByteString, (bytes) => {
      const parsed = JSON.parse(Buffer.from(jsonString(bytes), 'latin1').toString('utf8')) as string;
      expect(isUtf8(bytes) ? bytesFromText(parsed) === bytes : parsed.includes('\ufffd')).toBe(true);
    });
  });

  it('agree for whole objects', () => {
    const text = goJson({ a: '<\u2028😀\ud800', b: undefined, c: [1, '&'] }).toString('utf8');
    expect(text).toBe('{"a":"\\u003c\\u2028😀\ufffd","c":[1,"\\u0026"]}');
  });
});

describe('bytes and text', () => {
  it('turn into one another', () => {
    assert.holds(fc.string({ unit: 'binary' }), (text) =>
      expect(textOfBytes(bytesOfText(text))).toBe(text.toWellFormed()),
    );
  });

  it('are told apart as Node tells them apart', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const decodes = (bytes: string): boolean => {
      try {
        decoder.decode(Buffer.from(bytes, 'latin1'));
        return true;
      } catch {
        return false;
      }
    };
    assert.holds(anyByteString, (bytes) => expect(isUtf8(bytes)).toBe(decodes(bytes)), 2000);
  });

  it('have the same UTF-8 for a code point as Node', () => {
    assert.holds(fc.nat({ max: 0x10ffff }), (point) => {
      const surrogate = point >= 0xd800 && point < 0xe000;
      expect(encodeRune(point)).toBe(surrogate ? undefined : bytesFromText(String.fromCodePoint(point)));
    });
  });
});
