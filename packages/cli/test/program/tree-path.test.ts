import { bytesFromBuffer } from '@triplicate/core';
import { expect, it } from 'vitest';
import { shownPath, typedPathOf } from '../../src/program/tree-path.ts';

it.each([
  ['bytes that are not UTF-8', [0xff, 0xfe, 0x80, 0x6e]],
  ['such a byte beside others', [0xc3, 0xa9, 0xe9, 0x2f, 0x61]],
  ['a control character', [0x61, 0x1b, 0x62]],
  ['a control character of two bytes', [0x61, 0xc2, 0x85, 0x62]],
  ['what turns the text behind it round', [0x61, 0xe2, 0x80, 0xae, 0x62]],
])('takes a name with %s as it is shown', (_, bytes) => {
  const path = bytesFromBuffer(Uint8Array.from(bytes));
  expect(typedPathOf(shownPath(path))).toBe(path);
});

it('shows nothing that would turn the rest of a line round or break it, and joins emoji as they are', () => {
  const shown = (text: string): string => shownPath(bytesFromBuffer(Buffer.from(text)));
  expect(shown('photo\u202egpj.exe')).toBe(String.raw`/photo\xe2\x80\xaegpj.exe`);
  expect(shown('a\u2028b')).toBe(String.raw`/a\xe2\x80\xa8b`);
  expect(shown('\u{1f469}\u200d\u{1f467}')).toBe('/\u{1f469}\u200d\u{1f467}');
});

it('has a way to type a name that looks like such a byte', () => {
  expect(typedPathOf(String.raw`/a/\x5cxff`)).toBe(String.raw`a/\xff`);
});

it.each([String.raw`C:\xff\a`, String.raw`c:/xff/a`])('takes no folder of Windows for a byte: %s', (typed) => {
  expect(typedPathOf(typed)).toBe(`${typed[0]}/xff/a`);
});
