import { bytesFromText, type BytePath } from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import { createMatcher } from '../src/look/glob.ts';
import { pathFields, shownPath, treePathOf } from '../src/program/tree-path.ts';

const matches = (pattern: string, path: string, ignoreCase = false): boolean => {
  const name = path.split('/').at(-1) ?? '';
  return createMatcher([pattern], { ignoreCase })(bytesFromText(path), bytesFromText(name));
};

describe('a pattern of find', () => {
  it.each([
    ['*.jpg', 'home/anna/a.jpg', true],
    ['*.jpg', 'home/anna.jpg/a.txt', false],
    ['a?.txt', 'home/a1.txt', true],
    ['a?.txt', 'home/a.txt', false],
    ['[ab].txt', 'home/b.txt', true],
    ['[!ab].txt', 'home/b.txt', false],
    ['.*', 'home/anna/.ssh', true],
    ['a+b (1).txt', 'home/a+b (1).txt', true],
    ['anna/*.txt', 'home/anna/a.txt', true],
    ['anna/*.txt', 'home/anna/docs/a.txt', false],
    ['/home/*.txt', 'home/a.txt', true],
    ['/home/*.txt', 'srv/home/a.txt', false],
    ['/home/**/a.txt', 'home/a.txt', true],
    ['/home/**/a.txt', 'home/anna/docs/a.txt', true],
    ['docs/', 'home/anna/docs', true],
    ['Ålesund*', 'home/Ålesund 2026', true],
    ['*', 'home', true],
    ['[[]a].txt', '[a].txt', true],
    ['a].txt', 'a].txt', true],
  ])('%s and %s: %s', (pattern, path, wanted) => {
    expect(matches(pattern, path)).toBe(wanted);
  });

  it.each([
    ['[', 'has a [ that no ] closes'],
    ['a[b-', 'has a [ that no ] closes'],
    ['[]', 'has a [ that no ] closes'],
    ['[z-a].txt', 'has a range that runs backwards'],
    ['', 'names nothing'],
    ['/', 'names nothing'],
  ])('that says nothing is wrong usage: %s', (pattern, fault) => {
    expect(() => matches(pattern, 'a')).toThrow(
      expect.objectContaining({ code: 'USAGE', message: `the pattern "${pattern}" ${fault}` }),
    );
  });

  it('tells upper case from lower case unless it is told not to', () => {
    expect([matches('*.JPG', 'a.jpg'), matches('*.JPG', 'a.jpg', true)]).toEqual([false, true]);
  });
});

describe('a path that a person types', () => {
  it('is the same place in a snapshot, however it is written', () => {
    expect(['/home/anna', 'home/anna/', '//home/./anna', 'C:\\Users\\Anna', '/'].map(treePathOf)).toEqual([
      'home/anna',
      'home/anna',
      'home/anna',
      'C/Users/Anna',
      '',
    ]);
  });

  it('is shown from the root, and never with what a terminal would obey', () => {
    expect(shownPath('a/\u001b[2J\n' as BytePath)).toBe('/a/\\x1b[2J\\x0a');
  });

  it('is exact for programs: no two paths look alike there', () => {
    const paths = ['a\n', 'a\\n', 'a\\xff', 'a\u00ff', bytesFromText('a\u00ff')] as BytePath[];
    const told = paths.map(pathFields);
    expect(new Set(told.map((fields) => JSON.stringify(fields))).size).toBe(paths.length);
    expect(told[0]).toEqual({ path: '/a\n' });
    expect(told[3]).toEqual({ path: '/a\\xff', pathBytes: Buffer.from([0x2f, 0x61, 0xff]).toString('base64') });
  });
});
