import { BackupError, textFromBytes, type BytePath } from '@triplicate/core';

/** Whether an entry matches by itself; unlike the rules of `exclude:`, a folder that matches does not take along what is in it. */
export type Matcher = (path: BytePath, name: BytePath) => boolean;

/**
 * `*.jpg` looks at names; `/home/*.jpg` at paths from the root, `a/*.jpg` at the end of paths; `**` stands for any number of folders, `?`
 * for one character, `[a-z]` for one of several. USAGE for one that says nothing: without a character, with a `[` that is not closed, or with
 * a range that runs backwards.
 */
export const createMatcher = (
  patterns: readonly string[],
  { ignoreCase }: { readonly ignoreCase: boolean },
): Matcher => {
  const tests = patterns.map((pattern) => {
    const isPath = pattern.slice(0, -1).includes('/');
    const anchored = pattern.startsWith('/') ? pattern.slice(1) : isPath ? `**/${pattern}` : pattern;
    const expression = compile(pattern, anchored.replace(/\/$/, ''), ignoreCase ? 'iu' : 'u');
    return { expression, onPath: isPath || pattern.startsWith('/') };
  });
  return (path, name) => tests.some(({ expression, onPath }) => expression.test(textFromBytes(onPath ? path : name)));
};

const compile = (pattern: string, anchored: string, flags: string): RegExp => {
  if (anchored === '') throw unusable(pattern, 'names nothing', 'quote a name or a pattern, e.g. "*.jpg"');
  if (anchored.replaceAll(classes, '').includes('['))
    throw unusable(pattern, 'has a [ that no ] closes', 'write [[] for the character itself');
  try {
    return new RegExp(`^${toExpression(anchored)}$`, flags);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unusable(pattern, 'has a range that runs backwards', 'write it from the lower to the higher, e.g. [a-z]');
  }
};

const unusable = (pattern: string, fault: string, hint: string): BackupError =>
  new BackupError('USAGE', `the pattern "${pattern}" ${fault}`, { hint });

const classes = /\[!?[^\]]+\]/g;

const toExpression = (glob: string): string =>
  glob.replaceAll(/\*\*\/|\*\*|\*|\?|\[!?[^\]]+\]|[\\^$.|+(){}[\]]/g, (part) => {
    switch (part) {
      case '**/':
        return '(?:.*/)?';
      case '**':
        return '.*';
      case '*':
        return '[^/]*';
      case '?':
        return '[^/]';
    }
    if (part.length > 1)
      return `[${part.startsWith('[!') ? '^' : ''}${part.slice(part.startsWith('[!') ? 2 : 1, -1).replaceAll(/[\\[^&~|]/g, '\\$&')}]`;
    return `\\${part}`;
  });
