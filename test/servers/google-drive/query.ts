/** The language of `q`: https://developers.google.com/workspace/drive/api/guides/ref-search-terms */
import type { StoredFile } from './store.ts';

type Test = (file: StoredFile) => boolean;

const words = /\s*(\(|\)|<=|>=|!=|=|<|>|'(?:\\.|[^'\\])*'|[\w.]+|\{|\})/y;

const tokenize = (q: string): string[] => {
  const tokens: string[] = [];
  for (words.lastIndex = 0; q.slice(words.lastIndex).trim() !== '';) {
    const match = words.exec(q);
    if (match === null) throw new SyntaxError(`not a query: ${q}`);
    tokens.push(match[1] ?? '');
  }
  return tokens;
};

const textOf = (token: string): string => token.slice(1, -1).replaceAll(/\\(.)/g, '$1');

/** Throws SyntaxError for what is none. `rootId` is what `root` stands for. */
export const parseQuery = (q: string, rootId: string): Test => {
  const tokens = tokenize(q);
  let at = 0;
  const next = (): string => {
    const token = tokens[at];
    if (token === undefined) throw new SyntaxError(`the query ends too early: ${q}`);
    at += 1;
    return token;
  };
  const expectToken = (wanted: string): void => {
    if (next() !== wanted) throw new SyntaxError(`"${wanted}" is missing: ${q}`);
  };
  const either = (): Test => {
    let left = both();
    while (tokens[at] === 'or') {
      at += 1;
      const [a, b] = [left, both()];
      left = (file) => a(file) || b(file);
    }
    return left;
  };
  const both = (): Test => {
    let left = single();
    while (tokens[at] === 'and') {
      at += 1;
      const [a, b] = [left, single()];
      left = (file) => a(file) && b(file);
    }
    return left;
  };
  const single = (): Test => {
    const token = next();
    if (token === 'not') {
      const inner = single();
      return (file) => !inner(file);
    }
    if (token === '(') {
      const inner = either();
      expectToken(')');
      return inner;
    }
    if (token.startsWith("'")) {
      expectToken('in');
      if (next() !== 'parents') throw new SyntaxError(`only "parents" is known here: ${q}`);
      const id = textOf(token) === 'root' ? rootId : textOf(token);
      return (file) => file.parents.includes(id);
    }
    return comparison(token, next(), next(), q);
  };
  const test = either();
  if (at < tokens.length) throw new SyntaxError(`the query goes on after its end: ${q}`);
  return test;
};

const comparison = (field: string, operator: string, value: string, q: string): Test => {
  const text = value.startsWith("'") ? textOf(value) : value;
  if (field === 'trashed' && operator === '=') return (file) => String(file.trashed) === text;
  if (field === 'name') {
    const wanted = text.toLowerCase();
    // As clients have found out, names are compared without regard to case; `contains` looks at the beginnings of words.
    if (operator === '=') return (file) => file.name.toLowerCase() === wanted;
    if (operator === '!=') return (file) => file.name.toLowerCase() !== wanted;
    if (operator === 'contains') return (file) => file.name.toLowerCase().startsWith(wanted);
  }
  if (field === 'mimeType') {
    if (operator === '=') return (file) => file.mimeType === text;
    if (operator === '!=') return (file) => file.mimeType !== text;
  }
  if (field === 'modifiedTime') {
    const time = Date.parse(text);
    if (operator === '>') return (file) => file.modified > time;
    if (operator === '<') return (file) => file.modified < time;
  }
  throw new SyntaxError(`not a query: ${q}`);
};
