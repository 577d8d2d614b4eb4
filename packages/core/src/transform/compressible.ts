import { constants, zstdCompressSync } from 'node:zlib';
import { nativeZstd } from '../posix/native-zstd.ts';

/** Below this, looking costs as much as compressing. */
const worthLooking = 64 * 1024;

/** Short, many and evenly spread: a part that compresses and is a sixteenth of the blob or longer is always met. */
const slices = 16;
const sliceLength = 512;
const sampleLength = slices * sliceLength;

/** How much more often than in random bytes two bytes of a slice, or of all slices together, may be equal. */
const sliceExcess = 2;
const sampleExcess = 1.25;

/** Long enough to show repetitions that do not show in how often each byte occurs. */
const trialLength = 32 * 1024;
const trialGain = 0.99;
const trialLevel = 1;
/** More than what does not compress takes. */
const trialRoom = trialLength + 256;

/**
 * Whether compression can be expected to gain more than one per cent; wrong now and then, and always true for what is short. Costs a
 * small part of compressing: photos, films, archives and encrypted files need not be tried to be known.
 */
export const looksCompressible = (blob: Uint8Array): boolean =>
  blob.length < worthLooking || !hasEvenBytes(blob) || trialGains(blob);

/** Pairs of equal bytes expected among random ones: a byte with itself, and each other one in 256 times. */
const expectedPairs = (length: number): number => length + (length * (length - 1)) / 256;
const slicePairs = expectedPairs(sliceLength) * sliceExcess;
const samplePairs = expectedPairs(sampleLength) * sampleExcess;

const hasEvenBytes = (blob: Uint8Array): boolean => {
  const all = new Uint32Array(256);
  // In the middle of each sixteenth: a file's head is often text or tables, whatever follows.
  const step = blob.length / slices;
  for (let slice = 0; slice < slices; slice++) {
    const start = Math.floor((slice + 0.5) * step) - sliceLength / 2;
    const counts = countBytes(blob, start);
    if (pairs(counts) > slicePairs) return false;
    for (let byte = 0; byte < 256; byte++) all[byte]! += counts[byte]!;
  }
  return pairs(all) <= samplePairs;
};

const countBytes = (blob: Uint8Array, start: number): Uint32Array => {
  const counts = new Uint32Array(256);
  for (let i = start; i < start + sliceLength; i++) counts[blob[i] as number]! += 1;
  return counts;
};

const pairs = (counts: Uint32Array): number => {
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) sum += counts[byte]! * counts[byte]!;
  return sum;
};

/** Made at the first trial; each begins it anew, and only how far it gets is of interest. */
let room: Uint8Array | undefined;

const trialGains = (blob: Uint8Array): boolean => {
  const start = (blob.length - trialLength) >>> 1;
  const trial = blob.subarray(start, start + trialLength);
  room ??= new Uint8Array(trialRoom);
  // A compressor of Node's for each blob weighs so much that V8 looks through all memory for every few dozen.
  const length = nativeZstd()?.compress(trialLevel, trial, room) ?? lengthByNode(trial);
  return length < trialLength * trialGain;
};

const lengthByNode = (trial: Uint8Array): number =>
  zstdCompressSync(trial, {
    params: { [constants.ZSTD_c_compressionLevel]: trialLevel },
    pledgedSrcSize: trialLength,
    chunkSize: trialRoom,
  }).length;
