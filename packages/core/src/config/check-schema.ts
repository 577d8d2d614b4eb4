import { z } from 'zod';
import { findBareNumbers } from './bare-numbers.ts';
import { suggest } from './did-you-mean.ts';
import { fieldMeta } from './field-meta.ts';
import type { Finding, KeyPath } from './problem.ts';
import { listOf, nounOf, show, wordIssue, type Wording } from './schema-words.ts';

type Issue = z.core.$ZodIssue;

/** Marks a message that `encode` made; what does not begin so was written by the schema's author. */
const mark = '\u0001';
const encodeWith =
  (schema: unknown, alsoKnown: readonly string[]) =>
  (issue: z.core.$ZodRawIssue): string =>
    mark + JSON.stringify(wordIssue(issue, issue.inst === schema ? alsoKnown : []));

export type Checked<T> =
  | { readonly ok: true; readonly value: T; readonly findings: readonly [] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/**
 * Parses `value`, or tells all that is wrong with it in our words; paths begin with `base`. No value of a secret is repeated.
 * `alsoKnown` are keys beside those of the schema that a misspelt one may have meant.
 */
export const checkSchema = <T>(
  schema: z.ZodType<T>,
  value: unknown,
  base: KeyPath,
  alsoKnown: readonly string[] = [],
): Checked<T> => {
  const parsed = schema.safeParse(value, { error: encodeWith(schema, alsoKnown), reportInput: true });
  const bare = findBareNumbers(schema, value, base);
  if (parsed.success && bare.length === 0) return { ok: true, value: parsed.data, findings: [] };
  if (parsed.success) return { ok: false, findings: bare };
  const { issues } = parsed.error;
  const meant = issues.filter((issue) => issue.code !== 'custom' || !hasUnknownKey(issues, issue.path));
  const explain = (path: KeyPath): unknown => fieldMeta(schema, path.slice(base.length), 'description');
  const isSecret = (path: KeyPath): boolean => fieldMeta(schema, path.slice(base.length), 'secret') === true;
  const findings = meant.flatMap((issue) =>
    // Of the ways to name a secret zod takes the one that fits best, and would call the key of another way unknown.
    issue.code === 'unrecognized_keys' && isSecret([...base, ...issue.path])
      ? [wordSecret(issue, [...base, ...issue.path])]
      : toFindings(issue, base, explain),
  );
  return { ok: false, findings: [...bare, ...findings] };
};

/** A rule about several keys says nothing new while one of them is misspelt. */
const hasUnknownKey = (issues: readonly Issue[], path: KeyPath): boolean =>
  issues.some((issue) => issue.code === 'unrecognized_keys' && issue.path.join('.') === path.join('.'));

type Explain = (path: KeyPath) => unknown;

const toFindings = (issue: Issue, base: KeyPath, explain: Explain): Finding[] => {
  const path = [...base, ...issue.path];
  if (issue.input === undefined && issue.code !== 'unrecognized_keys') return [wordMissing(path, issue, explain)];
  if (issue.code === 'invalid_union') {
    if (!issue.message.startsWith(mark)) return [wordSecret(issue, path)];
    const best = bestBranch(issue);
    if (best !== undefined) return best.flatMap((inner) => toFindings(inner, path, explain));
  }
  if (!issue.message.startsWith(mark)) return [{ path, at: 'value', ...splitMessage(issue) }];
  const wordings = JSON.parse(issue.message.slice(mark.length)) as readonly Wording[];
  return wordings.map(({ key, ...words }) => ({ ...words, path: key === undefined ? path : [...path, key] }));
};

/** Of a union, the branch that was meant: one that took the value's type, with the fewest mistakes. */
const bestBranch = (issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined => {
  const meant = issue.errors.filter(
    (branch) => !branch.some(({ code, path }) => /^invalid_(type|value)$/.test(code) && path.length === 0),
  );
  return meant.toSorted((a, b) => a.length - b.length)[0] ?? issue.errors[0];
};

/** Schemas write `what is wrong; how to mend it`, or only `write …`. */
const splitMessage = ({ message: text, input }: Issue): { message: string; mend: string } => {
  const [message = '', ...rest] = text.split('; ');
  if (rest.length > 0) return { message, mend: rest.join('; ') };
  return message.startsWith('write ')
    ? { message: `${show(input)} is not understood`, mend: message }
    : { message, mend: 'write what the documentation of this key says' };
};

const wordMissing = (path: KeyPath, issue: Issue, explain: Explain): Finding => {
  const key = String(path.at(-1) ?? '');
  const what = explain(path) ?? wanted(issue);

  return {
    path,
    at: 'key',
    message: `"${key}" is missing`,
    mend: `add "${key}"${typeof what === 'string' ? `: ${what}` : ''}`,
  };
};

const wanted = (issue: Issue): string | undefined => {
  if (issue.code === 'invalid_type') return nounOf(issue.expected);
  return issue.code === 'invalid_value' ? listOf(issue.values) : undefined;
};

const forms = '{ env: NAME }, { file: /path }, { command: [program, argument] } or { keychain: name }';
const referenceKeys = ['env', 'file', 'command', 'keychain'];

/** A refused secret. What was written there may be the secret itself, so neither values nor keys are repeated. */
const wordSecret = ({ input }: Issue, path: KeyPath): Finding => {
  const literal = typeof input !== 'object' || input === null;
  if (literal)
    return {
      path,
      at: 'value',
      message: 'a secret is never written into this file',
      mend: `name where it is: ${forms}`,
    };
  const keys = Object.keys(input);
  const known = keys.filter((key) => referenceKeys.includes(key));
  const near = keys.length === 1 && known.length === 0 ? suggest(keys[0] ?? '', referenceKeys, 'ways') : '';
  return {
    path,
    at: 'value',
    message: known.length > 1 ? 'two places of one secret' : 'not a place of a secret',
    mend: near.startsWith('did you mean') ? near : `write one of ${forms}`,
  };
};
