/** The reference of a keyed archive to one of its objects: 0 to 2^53-1. */
export class PlistUid {
  readonly value: number;

  constructor(value: number) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('a UID is a whole number from 0 to 2^53-1');
    this.value = value;
  }
}

/** A number that is written as a real even when it is whole, e.g. `2.0`. */
export class PlistReal {
  readonly value: number;
  /** Bytes in a binary list: 4 loses digits, and some phones want what Apple's own tools write. */
  readonly width: 4 | 8;

  constructor(value: number, width: 4 | 8 = 8) {
    this.value = value;
    this.width = width;
  }
}

/** Keys in the order of the file. Without a prototype when it was parsed: a key such as `__proto__` is a key like any other. */
export interface PlistDictionary {
  readonly [key: string]: PlistValue;
}

/**
 * What a property list can hold. Whole numbers beyond ±(2^53-1) are bigints (up to 128 bits, signed); reals are numbers.
 * A whole number is written as an integer, any other as a real.
 */
export type PlistValue =
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | PlistUid
  | PlistReal
  | readonly PlistValue[]
  | PlistDictionary;

/** Seconds from 1970 to 2001, where the dates of property lists begin. */
export const appleEpochSeconds = 978_307_200;

export const minInteger = -(2n ** 127n);
export const maxInteger = 2n ** 127n - 1n;

/** An integer as a number where that is exact, else as a bigint. */
export const fromBigInt = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;

/** Whether `value` is written as an integer. */
export const isWhole = (value: number): boolean => Number.isSafeInteger(value) && !Object.is(value, -0);
