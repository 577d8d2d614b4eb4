import { BackupError } from '@triplicate/core';
import { PlistError, asDictionary, parsePlist } from '@triplicate/plist';
import type { PlistDictionary, PlistLimits, PlistValue } from '@triplicate/plist';

/** A property list from a backup; CORRUPT with the name of what it was when it is none or too large. */
export const readPlist = (bytes: Uint8Array, what: string, limits: PlistLimits = {}): PlistValue => {
  try {
    return parsePlist(bytes, limits);
  } catch (error) {
    if (!(error instanceof PlistError)) throw error;
    throw new BackupError('CORRUPT', `${what} cannot be read: ${error.message}`, { cause: error });
  }
};

/** The same, and CORRUPT when it is no dictionary. */
export const readDictionary = (bytes: Uint8Array, what: string, limits: PlistLimits = {}): PlistDictionary => {
  const dictionary = asDictionary(readPlist(bytes, what, limits));
  if (dictionary === undefined) throw new BackupError('CORRUPT', `${what} is no dictionary`);
  return dictionary;
};
