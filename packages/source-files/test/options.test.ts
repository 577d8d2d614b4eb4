import { describe, expect, it } from 'vitest';
import { filesOptions } from '../src/options.ts';

const messages = (options: object): string[] =>
  filesOptions.safeParse({ paths: ['/a'], ...options }).error?.issues.map(({ message }) => message) ?? [];

describe('what cannot be right is told before a run', () => {
  it.each(['[', 'a[b', '[!', '[]', String.raw`x/[a\]`])(
    'a pattern with a bracket that is not closed: %s',
    (pattern) => {
      expect(messages({ exclude: [pattern] })).toEqual([expect.stringContaining('a [ that no ] closes')]);
    },
  );

  it.each(['!', '/', '!/', '  '])('a pattern that names nothing: %j', (pattern) => {
    expect(messages({ exclude: [pattern] })).toEqual([expect.stringContaining('names nothing')]);
  });

  it.each(['[a-z]', '[[]', '[]]', '[!]a]', String.raw`\[`, 'a**b', '!keep', '*', '**', ']', '#', String.raw`\!`])(
    'and a pattern that says something is taken: %s',
    (pattern) => {
      expect(messages({ exclude: [pattern] })).toEqual([]);
    },
  );

  it('a path with a NUL, which no system has', () => {
    expect(messages({ paths: ['/a\0b'], excludeFrom: ['x\0'] })).toEqual([
      expect.stringContaining('NUL'),
      expect.stringContaining('NUL'),
    ]);
  });
});
