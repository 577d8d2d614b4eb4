import type { z } from 'zod';
import { closest, suggest } from './did-you-mean.ts';
import type { Finding } from './problem.ts';

/** What an error map tells through zod's one string. */
export interface Wording {
  readonly message: string;
  readonly mend: string;
  readonly at: Finding['at'];
  /** For unknown keys, one wording each. */
  readonly key?: string;
}

type RawIssue = z.core.$ZodRawIssue;

const nouns: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
  record: 'names with values',
};
const examples: Readonly<Record<string, string>> = {
  array: ', e.g. [one, two]',
  object: ', e.g. { key: value }',
  record: ', e.g. { name: { … } }',
};

export const nounOf = (type: string): string => nouns[type] ?? `a value of type ${type}`;
export const listOf = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ');

const longestShown = 40;

/** A short value for a message. Only for fields that hold no secret. */
export const show = (value: unknown): string => {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value.length <= longestShown ? JSON.stringify(value) : 'the value';
};

/** Our words for the issues that zod raises by itself. */
export const wordIssue = (issue: RawIssue, alsoKnown: readonly string[] = []): readonly Wording[] => {
  const value = (message: string, mend: string): Wording[] => [{ message, mend, at: 'value' }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return wordUnknownKeys(issue, alsoKnown);
    case 'invalid_type':
      return value(`expected ${nounOf(issue.expected)}`, wordType(issue));
    case 'invalid_value': {
      const one = issue.values.length === 1;
      return value(`${show(issue.input)} is not known here`, `write ${one ? '' : 'one of '}${listOf(issue.values)}`);
    }
    case 'too_small':
      return value(...wordBound(issue, 'small', issue.minimum));
    case 'too_big':
      return value(...wordBound(issue, 'big', issue.maximum));
    case 'invalid_format':
      if (issue.format === 'url') return value('not an address', 'write an address, e.g. https://host:9000');
      return value(`not of the form ${issue.format}`, `write one of the form ${issue.format}`);
    case 'invalid_union':
      return value(...wordBranches(issue));
    case 'not_multiple_of':
      return value(`not a multiple of ${String(issue.divisor)}`, `write a multiple of ${String(issue.divisor)}`);
    default:
      return value('a value that cannot stand here', 'write what the documentation of this key says');
  }
};

const shapeOf = (schema: unknown): object =>
  (schema as { _zod?: { def?: { shape?: object } } } | undefined)?._zod?.def?.shape ?? {};

const wordUnknownKeys = (
  { keys, inst, input }: RawIssue & { readonly keys: readonly string[] },
  alsoKnown: readonly string[],
): Wording[] =>
  keys.map((key) => {
    const known = [...Object.keys(shapeOf(inst)), ...alsoKnown];
    // `{ word }` is a key without a value, and the word may be a secret that was written in place of a reference.
    const bare = (input as Readonly<Record<string, unknown>>)[key] === null && closest(key, known) === undefined;
    const message = bare ? 'an unknown key without a value' : `unknown key ${show(key)}`;
    return { key, at: 'key', message, mend: suggest(key, known, 'keys') };
  });

const wordType = ({ expected, input, inst }: RawIssue & { readonly expected: string }): string => {
  if (expected === 'string' && (typeof input === 'number' || typeof input === 'boolean')) return 'put quotes around it';
  if (expected === 'string' && input === null)
    return 'write text; "~" alone means nothing in YAML, unless it stands in quotes';
  const [key] = Object.keys(shapeOf(inst));
  const example = expected === 'object' && key !== undefined ? `, e.g. { ${key}: … }` : (examples[expected] ?? '');
  return `write ${nounOf(expected)}${example}`;
};

/** A union that tells its branches apart by one key. */
const wordBranches = ({ inst, input }: RawIssue): [string, string] => {
  const { def, propValues } = (inst as { _zod?: Branches } | undefined)?._zod ?? {};
  const known = [...(propValues?.[def?.discriminator ?? ''] ?? [])];
  if (def?.discriminator === undefined || known.length === 0)
    return ['a value that cannot stand here', 'write what the documentation of this key says'];
  const value = (input as Readonly<Record<string, unknown>>)[def.discriminator];
  return [`${show(value)} is not known here`, `write ${known.length === 1 ? '' : 'one of '}${listOf(known)}`];
};

interface Branches {
  readonly def?: { readonly discriminator?: string };
  readonly propValues?: Readonly<Record<string, ReadonlySet<unknown>>>;
}

interface Bound {
  readonly origin: string;
  readonly inclusive?: boolean;
  readonly input?: unknown;
}

const wordBound = (
  { origin, inclusive = true, input }: Bound,
  way: 'small' | 'big',
  bound: number | bigint,
): [string, string] => {
  const least = way === 'small';
  if (origin === 'number' || origin === 'int' || origin === 'bigint') {
    const words = inclusive ? (least ? 'at least' : 'at most') : least ? 'more than' : 'less than';
    return [`${show(input)} is too ${way}`, `write a number of ${words} ${String(bound)}`];
  }
  const text = origin === 'string';
  if (least && Number(bound) <= 1)
    return [text ? 'an empty text' : 'an empty list', `write ${text ? 'a text' : 'at least one entry'}`];
  const words = `${least ? 'least' : 'most'} ${String(bound)} ${text ? 'characters' : 'entries'}`;
  return [`too ${least ? 'short' : 'long'}`, `write at ${words}`];
};
