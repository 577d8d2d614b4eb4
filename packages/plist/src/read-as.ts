import { PlistReal, PlistUid, type PlistDictionary, type PlistValue } from './value.ts';

// Narrowing for values that came from outside: the right type, or `undefined`.

export const asDictionary = (value: PlistValue | undefined): PlistDictionary | undefined =>
  typeof value === 'object' &&
  !Array.isArray(value) &&
  !(value instanceof Date) &&
  !(value instanceof Uint8Array) &&
  !(value instanceof PlistUid) &&
  !(value instanceof PlistReal)
    ? (value as PlistDictionary)
    : undefined;

export const asArray = (value: PlistValue | undefined): readonly PlistValue[] | undefined =>
  Array.isArray(value) ? (value as readonly PlistValue[]) : undefined;

export const asString = (value: PlistValue | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

export const asBoolean = (value: PlistValue | undefined): boolean | undefined =>
  typeof value === 'boolean' ? value : undefined;

/** Whole or real; a bigint gives the nearest number. */
export const asNumber = (value: PlistValue | undefined): number | undefined => {
  if (value instanceof PlistReal) return value.value;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? value : undefined;
};

export const asData = (value: PlistValue | undefined): Buffer | undefined =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : undefined;

export const asDate = (value: PlistValue | undefined): Date | undefined => (value instanceof Date ? value : undefined);

export const asUid = (value: PlistValue | undefined): number | undefined =>
  value instanceof PlistUid ? value.value : undefined;
