/** The policy of a `forget` on the command line, with the names that restic has for its rules. */
import { type Count, keepsSome, type Retain, type Span, span } from '@triplicate/core';
import { InvalidArgumentError, type Command } from 'commander';
import { collectText, parseCount } from '../program/options.ts';

const counts = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
const withins = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

type Within = `within${Capitalize<(typeof withins)[number]>}`;
type PolicyKey = (typeof counts)[number] | 'within' | Within;

/** As commander names them. */
export type PolicyFlags = { readonly [Key in `keep${Capitalize<(typeof counts)[number]>}`]?: Count } & {
  readonly [Key in `keep${Capitalize<'within' | Within>}`]?: Span;
} & {
  readonly keepTag?: readonly string[];
};

const periods: Readonly<Record<(typeof withins)[number], string>> = {
  hourly: 'an hour',
  daily: 'a day',
  weekly: 'a week',
  monthly: 'a month',
  yearly: 'a year',
};

export const addPolicyOptions = (command: Command): Command => {
  command.option('--keep-last <n>', 'keep the newest so many of each source, or unlimited', parseKeepCount);
  for (const rule of counts.slice(1) as (typeof withins)[number][])
    command.option(
      `--keep-${rule} <n>`,
      `keep one ${periods[rule].slice(2).trim()} for so many that have one`,
      parseKeepCount,
    );
  command.option(
    '--keep-within <time>',
    'keep all that were made within this time before the newest, e.g. 30d, 6m (months) or 1y',
    parseSpan,
  );
  for (const rule of withins)
    command.option(`--keep-within-${rule} <time>`, `keep one ${periods[rule]} within this time`, parseSpan);
  return command.option(
    '--keep-tag <tag>',
    'keep all with this tag, or with all of a,b (may be repeated)',
    collectText,
  );
};

/** A negative number is none, also for restic since 0.16. */
const parseKeepCount = (text: string): Count => (text === 'unlimited' ? text : parseCount(text));

const parseSpan = (text: string): Span => {
  const parsed = span.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('write a time, e.g. 12h, 30d, 6m (months) or 1y6m');
};

/** `undefined` when no rule was given, or none that keeps anything. */
export const policyOf = (flags: PolicyFlags): Retain | undefined => {
  const rules: Partial<Record<PolicyKey, Count | Span>> = {};
  const keys: readonly PolicyKey[] = [...counts, 'within', ...withins.map((rule): Within => `within${capital(rule)}`)];
  for (const key of keys) {
    const value = flags[`keep${capital(key)}`];
    if (value !== undefined && keepsSome(value)) rules[key] = value;
  }
  const { keepTag = [] } = flags;
  if (Object.keys(rules).length === 0 && keepTag.length === 0) return undefined;
  return { ...rules, ...(keepTag.length > 0 ? { tags: [...keepTag] } : {}) } as Retain;
};

const capital = <Word extends string>(word: Word): Capitalize<Word> =>
  `${word.charAt(0).toUpperCase()}${word.slice(1)}` as Capitalize<Word>;
