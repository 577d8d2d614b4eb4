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

export const parseOneOrMore = (text: string): number => {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('Write a whole number from 1 on.');
};

export const parsePort = (text: string): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new InvalidArgumentError('Write a port: a number up to 65535.');
};

const units: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

export const parseSize = (text: string): number => {
  const [, number, unit = ''] = /^(\d{1,6})(KiB|MiB|GiB)$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * (units[unit] ?? 1);
  throw new InvalidArgumentError('Write a size, e.g. 512KiB or 10MiB.');
};
