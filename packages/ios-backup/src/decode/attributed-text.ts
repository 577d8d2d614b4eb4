import { BackupError } from '@triplicate/core';
import { TypedstreamReader } from './typedstream-reader.ts';
import type { TypedGroup, TypedObject, TypedValue } from './typedstream-reader.ts';

/** A stretch of text with the attributes that Messages put on it, e.g. `__kIMFileTransferGUIDAttributeName`. */
export interface TextRun {
  /** In UTF-16 units, as JavaScript counts. */
  readonly start: number;
  readonly length: number;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}
export type AttributeValue = string | number | Uint8Array;

export interface AttributedText {
  readonly text: string;
  readonly runs: readonly TextRun[];
}

/**
 * The text and its runs out of an archived NSAttributedString; CORRUPT when the blob is none. The text comes first in it: when what follows
 * is damaged, the text is whole all the same and is given with the runs that could be read.
 */
export const decodeAttributedText = (blob: Uint8Array): AttributedText => {
  const reader = new TypedstreamReader(blob);
  try {
    const values = reader.readAll().flatMap((group) => group.values);
    for (const value of values) {
      if (isAttributed(value)) return attributed(value);
      const plain = stringOf(value);
      if (plain !== undefined) return { text: plain, runs: [] };
    }
  } catch (error) {
    const begun = reader.objects.find(isAttributed);
    if (begun === undefined || stringOf(begun.groups[0]?.values[0]) === undefined) throw error;
    return attributed(begun);
  }
  throw new BackupError('CORRUPT', 'a typedstream holds no text');
};

const isAttributed = (value: TypedValue): value is TypedObject =>
  isObject(value) && value.classes.includes('NSAttributedString');

const attributed = (object: TypedObject): AttributedText => {
  const [first, ...rest] = object.groups;
  const text = stringOf(first?.values[0]);
  if (text === undefined) throw new BackupError('CORRUPT', 'an attributed string has no string');
  return { text, runs: runs(rest, text.length) };
};

/** Runs are pairs (which attributes, how long); attributes that come for the first time follow their pair. */
const runs = (groups: readonly TypedGroup[], total: number): TextRun[] => {
  const known = new Map<number, ReadonlyMap<string, AttributeValue>>();
  const found: TextRun[] = [];
  let start = 0;
  for (let at = 0; at < groups.length && start < total; at++) {
    const [index, length] = groups[at]?.values ?? [];
    if (typeof index !== 'number' || typeof length !== 'number' || length <= 0) continue;
    const dictionary = groups[at + 1]?.values[0];
    if (!known.has(index) && isObject(dictionary)) {
      known.set(index, attributes(dictionary));
      at++;
    }
    found.push({ start, length: Math.min(length, total - start), attributes: known.get(index) ?? new Map() });
    start += length;
  }
  return found;
};

const attributes = (dictionary: TypedObject): Map<string, AttributeValue> => {
  const flat = dictionary.groups.slice(1).flatMap((group) => group.values);
  const result = new Map<string, AttributeValue>();
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const key = stringOf(flat[at]);
    const value = simple(flat[at + 1]);
    if (key !== undefined && value !== undefined) result.set(key, value);
  }
  return result;
};

/** Strings, numbers, data and URLs; anything else has no value here. */
const simple = (value: TypedValue): AttributeValue | undefined => {
  if (!isObject(value)) return undefined;
  const string = stringOf(value);
  if (string !== undefined) return string;
  const last = value.groups.at(-1)?.values.at(-1);
  if (value.classes.includes('NSNumber') || value.classes.includes('NSValue'))
    return typeof last === 'number' ? last : undefined;
  if (value.classes.includes('NSURL')) return stringOf(last);
  return value.classes.includes('NSData') && last instanceof Uint8Array ? last : undefined;
};

const stringOf = (value: TypedValue): string | undefined => {
  if (!isObject(value) || !value.classes.includes('NSString')) return undefined;
  const raw = value.groups[0]?.values[0];
  return raw instanceof Uint8Array ? Buffer.from(raw).toString('utf8') : undefined;
};

const isObject = (value: TypedValue): value is TypedObject => typeof value === 'object' && 'groups' in value;
