import { bytesFromBuffer } from '@triplicate/core';
import { expect, it } from 'vitest';
import { shownPath, typedPathOf } from '../../src/program/tree-path.ts';

it.each([
  ['bytes that are not UTF-8', [0xff, 0xfe, 0x80, 0x6e]],
  ['such a byte beside others', [0xc3, 0xa9, 0xe9, 0x2f, 0x61]],
  ['a control character', [0x61, 0x1b, 0x62]],
])('takes a name with %s as it is shown', (_, bytes) => {
  const path = bytesFromBuffer(Uint8Array.from(bytes));
  expect(typedPathOf(shownPath(path))).toBe(path);
});

it('has a way to type a name that looks like such a byte', () => {
  expect(typedPathOf(String.raw`/a/\x5cxff`)).toBe(String.raw`a/\xff`);
});

it.each([String.raw`C:\xff\a`, String.raw`c:/xff/a`])('takes no folder of Windows for a byte: %s', (typed) => {
  expect(typedPathOf(typed)).toBe(`${typed[0]}/xff/a`);
});
