import type { z } from 'zod';
import { suggest } from './did-you-mean.ts';
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
export const wordIssue = (issue: RawIssue): readonly Wording[] => {
  const value = (message: string, mend: string): Wording[] => [{ message, mend, at: 'value' }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return wordUnknownKeys(issue.keys, issue.inst);
    case 'invalid_type':
      return value(`expected ${nounOf(issue.expected)}`, wordType(issue.expected, issue.input));
    case 'invalid_value': {
      const one = issue.values.length === 1;
      return value(`${show(issue.input)} is not known here`, `write ${one ? '' : 'one of '}${listOf(issue.values)}`);
    }
    case 'too_small':
      return value(...wordBound(issue, 'small', issue.minimum));
    case 'too_big':
      return value(...wordBound(issue, 'big', issue.maximum));
    case 'invalid_format':
      return value(`not of the form ${issue.format}`, `write a ${issue.format}`);
    case 'not_multiple_of':
      return value(`not a multiple of ${String(issue.divisor)}`, `write a multiple of ${String(issue.divisor)}`);
    default:
      return value('a value that cannot stand here', 'write what the documentation of this key says');
  }
};

const wordUnknownKeys = (keys: readonly string[], inst: unknown): Wording[] => {
  const shape = (inst as { _zod?: { def?: { shape?: object } } } | undefined)?._zod?.def?.shape ?? {};
  return keys.map((key) => ({
    key,
    at: 'key',
    message: `unknown key ${show(key)}`,
    mend: suggest(key, Object.keys(shape), 'keys'),
  }));
};

const wordType = (expected: string, input: unknown): string => {
  if (expected === 'string' && (typeof input === 'number' || typeof input === 'boolean')) return 'put quotes around it';
  return `write ${nounOf(expected)}${examples[expected] ?? ''}`;
};

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
