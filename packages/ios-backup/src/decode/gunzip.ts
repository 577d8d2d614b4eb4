import { gunzipSync, inflateSync } from 'node:zlib';
import { BackupError } from '@triplicate/core';

/** Unpacks gzip or zlib data of at most `limit` bytes; other data is given back as it is. CORRUPT when it is damaged or grows larger. */
export const gunzipUpTo = (data: Uint8Array, limit: number): Uint8Array => {
  const isGzip = data[0] === 0x1f && data[1] === 0x8b;
  const isZlib = data[0] === 0x78 && ((data[0] << 8) | (data[1] ?? 0)) % 31 === 0;
  if (!isGzip && !isZlib) return data;
  try {
    return isGzip ? gunzipSync(data, { maxOutputLength: limit }) : inflateSync(data, { maxOutputLength: limit });
  } catch (error) {
    throw new BackupError('CORRUPT', `compressed data is damaged or larger than ${limit} bytes`, { cause: error });
  }
};
