import { InvalidArgumentError } from 'commander';

/** For an option that may be given several times. */
export const collectText = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

/** Names of destinations that were given as arguments; `undefined` means all. */
export const namesOf = (value: unknown): ReadonlySet<string> | undefined => {
  const names = Array.isArray(value) ? value.map(String) : [];
  return names.length === 0 ? undefined : new Set(names);
};

/** The key with its value, or nothing: an absent key and an undefined one are not the same to our types. */
export const given = <Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } =>
  (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };

export const parseCount = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a whole number.');
};
