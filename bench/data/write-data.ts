import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { seededInteger, seededRandom } from '@triplicate/core/testing';
import { conversation } from './conversation.ts';
import { noise } from './noise.ts';
import type { DataSizes } from './sizes.ts';

const filesInFolder = 100;
const largeBytes = 64 * 1024 * 1024;
/** Of every file, so that no tool sees one that is too young to be trusted. */
const firstTime = 1_700_000_000;

/** Photos, app data and messages below `root`; the same bytes, names and times for the same seed. */
export const writeMixed = (root: string, sizes: DataSizes, seed: number): void => {
  const { photos, apps, messages } = sizes;
  const random = seededRandom(seed);
  const write = writerBelow(root);
  for (let i = 0; i < photos.files; i += 1) {
    const length = seededInteger(random, photos.bytes / 2, photos.bytes * 1.5);
    write(`photos/${folder(i)}/IMG_${i}.HEIC`, noise(seed, i, length));
  }
  const text = conversation(seed, 4 * 1024 * 1024);
  for (let i = 0; i < apps.files; i += 1) {
    // Most are small, a few are large, as in an app's folder; the mean is that of the exponential distribution.
    const length = Math.min(Math.ceil(-Math.log(1 - random()) * apps.meanBytes), text.byteLength / 2);
    const at = seededInteger(random, 0, text.byteLength / 2);
    const bytes = i % 2 === 0 ? noise(seed, 1_000_000 + i, length) : text.subarray(at, at + length);
    write(`apps/${folder(i)}/${i % 7}/item-${i}.dat`, bytes);
  }
  for (let i = 0; i < messages.files; i += 1) {
    write(`messages/chat-${i}.db`, conversation(seed * 1000 + i, messages.bytes));
  }
};

/** Files that do not compress, of 64 MiB or a quarter of all. */
export const writeLarge = (root: string, bytes: number, seed: number): void => {
  const length = Math.min(largeBytes, bytes / 4);
  const write = writerBelow(root);
  for (let i = 0; i < bytes / length; i += 1) write(`film-${i}.mp4`, noise(seed, i, length));
};

/** Tiny files of about fifty bytes, none like another. */
export const writeWide = (root: string, wide: DataSizes['wide'], seed: number): void => {
  const write = writerBelow(root);
  for (let f = 0; f < wide.folders; f += 1) {
    for (let i = 0; i < wide.filesInFolder; i += 1) {
      write(
        `folder-${f}/record-${i}.json`,
        Buffer.from(`{"seed":${seed},"folder":${f},"record":${i},"unread":true}\n`),
      );
    }
  }
};

const folder = (file: number): string => `set-${Math.floor(file / filesInFolder)}`;

type Write = (path: string, bytes: Uint8Array) => void;

const writerBelow = (root: string): Write => {
  const made = new Set<string>();
  return (path, bytes) => {
    const file = join(root, path);
    const parent = dirname(file);
    if (!made.has(parent)) mkdirSync(parent, { recursive: true });
    made.add(parent);
    writeFileSync(file, bytes);
    utimesSync(file, firstTime, firstTime);
  };
};
