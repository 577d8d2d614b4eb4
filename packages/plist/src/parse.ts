import { readBinaryPlist } from './binary-reader.ts';
import { PlistError } from './error.ts';
import { defaultLimits, type PlistLimits } from './limits.ts';
import type { PlistValue } from './value.ts';
import { readXmlPlist } from './xml-reader.ts';

const isBinary = (bytes: Uint8Array): boolean =>
  bytes.byteLength >= 8 && Buffer.from(bytes.buffer, bytes.byteOffset, 6).toString('latin1') === 'bplist';

/**
 * Reads a property list, binary or XML, as its first bytes say. Data values are views of `bytes`.
 * Throws PlistError for anything that is not one, and for one beyond the limits; never runs long and never reads anything else.
 */
export const parsePlist = (bytes: Uint8Array, limits: PlistLimits = {}): PlistValue => {
  const resolved = { ...defaultLimits, ...limits };
  if (bytes.byteLength > resolved.maxBytes)
    throw new PlistError(`property list of ${bytes.byteLength} bytes, more than ${resolved.maxBytes}`);
  return isBinary(bytes) ? readBinaryPlist(bytes, resolved) : readXmlPlist(bytes, resolved);
};
