import { describe, expect, it } from 'vitest';
import { type BytePath, bytesFromText } from '../../src/bytes.ts';
import { fileRules, searchRules, type Verdict } from '../../src/pattern/path-rules.ts';

const bases = { home: '/home/a[1]n!', base: '/etc/conf d' };

/** `path` with a slash at its end is a folder. */
const judge = (patterns: readonly string[], path: string): Verdict | undefined =>
  searchRules(patterns, bases)?.judge(bytesFromText(path.replace(/\/$/, '')), path.endsWith('/'));

describe('patterns over the whole file system', () => {
  it.each<[string, string, Verdict]>([
    ['*.tmp', 'a/b/c.tmp', 'excluded'],
    ['*.tmp', 'a/b.tmp/c', 'excluded'],
    ['*.tmp', 'a/b.TMP', 'undecided'],
    ['build/*.o', 'x/build/a.o', 'excluded'],
    ['build/*.o', 'build/a.o', 'excluded'],
    ['build/*.o', 'build/x/a.o', 'undecided'],
    ['/var/tmp', 'var/tmp/', 'excluded'],
    ['/var/tmp', 'x/var/tmp/', 'undecided'],
    ['/', 'var/', 'undecided'],
    ['cache/', 'a/cache/', 'excluded'],
    ['cache/', 'a/cache', 'undecided'],
    ['a/**/b', 'x/a/b', 'excluded'],
    ['a/**/b', 'x/a/1/2/b', 'excluded'],
    ['node_modules/**', 'x/node_modules/', 'undecided'],
    ['node_modules/**', 'x/node_modules/y', 'excluded'],
    ['~/.cache', 'home/a[1]n!/.cache/', 'excluded'],
    ['~/.cache', 'home/a1n!/.cache/', 'undecided'],
    ['~', 'home/a[1]n!/', 'excluded'],
    ['./secret', 'etc/conf d/secret', 'excluded'],
    ['#*#', 'x/#file#', 'excluded'],
    ['[ab]?', 'x/bc', 'excluded'],
    ['[!ab]?', 'x/bc', 'undecided'],
    ['\\*', 'x/*', 'excluded'],
    ['\\*', 'x/y', 'undecided'],
    ['é?', 'x/éé', 'excluded'],
    ['.*', 'x/.hidden', 'excluded'],
  ])('%j judges %j as %s', (pattern, path, verdict) => {
    expect(judge([pattern], path)).toBe(verdict);
  });

  it('are taken back by a later one, but not below a folder that is left out', () => {
    expect(judge(['*.jpg', '!keep.jpg'], 'a/keep.jpg')).toBe('included');
    expect(judge(['!keep.jpg', '*.jpg'], 'a/keep.jpg')).toBe('excluded');
    expect(judge(['cache', '!cache/keep'], 'cache/keep')).toBe('excluded');
    expect(judge(['*', '!*/', '!*.jpg'], 'a/b.jpg')).toBe('included');
    expect(judge(['*', '!*/', '!*.jpg'], 'a/b.txt')).toBe('excluded');
    expect(judge(['/x', '!~/y'], 'home/a[1]n!/y')).toBe('included');
  });

  it('match names that are not UTF-8 by their wildcards', () => {
    const rules = searchRules(['?.txt', '*.bin']);
    expect(rules?.judge('a/\xff.txt' as BytePath, false)).toBe('excluded');
    expect(rules?.judge('\xff\xfe.bin' as BytePath, false)).toBe('excluded');
    expect(rules?.judge('\xff\xfe.txt' as BytePath, false)).toBe('undecided');
  });

  it('are nothing when there are none, and take "~" as it is when they have no bases', () => {
    expect(searchRules(['', '  '])).toBeUndefined();
    expect(searchRules(['~x'])?.judge(bytesFromText('a/~x'), false)).toBe('excluded');
  });

  it('judge the same after any number of other paths', () => {
    const rules = searchRules(['*.tmp']);
    for (let i = 0; i < 45_000; i += 1) rules?.judge(`d${i % 7}/f${i}` as BytePath, false);
    expect([rules?.judge(bytesFromText('a.tmp'), false), rules?.judge(bytesFromText('a'), false)]).toEqual([
      'excluded',
      'undecided',
    ]);
  });
});

describe('the patterns of a file', () => {
  it('count from the folder it stands in', () => {
    const rules = fileRules('# comment\n\n/only-here\nsub/x\n*.o\n!keep.o\ntrailing  \n');
    const verdicts = ['only-here', 'a/only-here', 'sub/x', 'a/sub/x', 'a/b.o', 'keep.o', 'trailing', 'comment'].map(
      (path) => rules.judge(bytesFromText(path), false),
    );
    expect(verdicts).toEqual([
      'excluded',
      'undecided',
      'excluded',
      'undecided',
      'excluded',
      'included',
      'excluded',
      'undecided',
    ]);
  });
});
