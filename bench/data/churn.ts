import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { seededInteger, seededRandom } from '@triplicate/core/testing';
import { filesBelow, type FoundFile } from './files.ts';
import { noise } from './noise.ts';

export interface Churned {
  readonly files: number;
  readonly bytes: number;
}

const shareOfFiles = 0.02;
const shareOfBytes = 0.01;
/** Of the changed files, one in so many gets bytes at its beginning, which shifts all the rest. */
const oneInGrows = 4;
const grownBytes = 300;

/** Changes 2 % of the files and 1 % of the bytes, as a day of use does; another `round` changes others. */
export const churn = (root: string, seed: number, round: number): Churned => {
  const random = seededRandom(seed * 7919 + round);
  const files = filesBelow(root);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const chosen = files
    .map((file) => ({ file, lot: random() }))
    .toSorted((a, b) => a.lot - b.lot)
    .slice(0, Math.ceil(files.length * shareOfFiles))
    .map(({ file }) => file)
    // The smallest first: what they are too small for is left to the larger ones.
    .toSorted((a, b) => a.bytes - b.bytes);
  let left = Math.floor(total * shareOfBytes);
  chosen.forEach((file, i) => {
    const length = Math.min(file.bytes, Math.ceil(left / (chosen.length - i)));
    left -= length;
    const fresh = noise(seed + round, i, length);
    if (i % oneInGrows === 0) grow(file, fresh.subarray(0, grownBytes));
    overwrite(file, fresh, seededInteger(random, 0, file.bytes - length));
  });
  return { files: chosen.length, bytes: Math.floor(total * shareOfBytes) - left };
};

const overwrite = ({ path }: FoundFile, bytes: Uint8Array, at: number): void => {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.byteLength, at);
  closeSync(file);
};

const grow = ({ path }: FoundFile, bytes: Uint8Array): void =>
  writeFileSync(path, Buffer.concat([bytes, readFileSync(path)]));
