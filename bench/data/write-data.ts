import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { seededInteger, seededRandom } from '@triplicate/core/testing';
import { conversation } from './conversation.ts';
import { noise } from './noise.ts';
import type { DataSizes } from './sizes.ts';

const filesInFolder = 100;
/** Of every file, so that no tool sees one that is too young to be trusted. */
const firstTime = 1_700_000_000;

/** Photos, app data and messages below `root`; the same bytes, names and times for the same seed. */
export const writeMixed = (root: string, sizes: DataSizes, seed: number): void => {
  const { photos, apps, messages } = sizes;
  const random = seededRandom(seed);
  for (let i = 0; i < photos.files; i += 1) {
    const length = seededInteger(random, photos.bytes / 2, photos.bytes * 1.5);
    write(root, `photos/${folder(i)}/IMG_${i}.HEIC`, noise(seed, i, length));
  }
  const text = conversation(seed, 4 * 1024 * 1024);
  for (let i = 0; i < apps.files; i += 1) {
    // Most are small, a few are large, as in an app's folder; the mean is that of the exponential distribution.
    const length = Math.min(Math.ceil(-Math.log(1 - random()) * apps.meanBytes), text.byteLength / 2);
    const at = seededInteger(random, 0, text.byteLength / 2);
    const bytes = i % 2 === 0 ? noise(seed, 1_000_000 + i, length) : text.subarray(at, at + length);
    write(root, `apps/${folder(i)}/${i % 7}/item-${i}.dat`, bytes);
  }
  for (let i = 0; i < messages.files; i += 1) {
    write(root, `messages/chat-${i}.db`, conversation(seed * 1000 + i, messages.bytes));
  }
};

/** Tiny files of about fifty bytes, none like another. */
export const writeWide = (root: string, { wide }: DataSizes, seed: number): void => {
  for (let f = 0; f < wide.folders; f += 1) {
    for (let i = 0; i < wide.filesInFolder; i += 1) {
      write(
        root,
        `folder-${f}/record-${i}.json`,
        Buffer.from(`{"seed":${seed},"folder":${f},"record":${i},"unread":true}\n`),
      );
    }
  }
};

const folder = (file: number): string => `set-${Math.floor(file / filesInFolder)}`;

const made = new Set<string>();

const write = (root: string, path: string, bytes: Uint8Array): void => {
  const file = join(root, path);
  const parent = dirname(file);
  if (!made.has(parent)) mkdirSync(parent, { recursive: true });
  made.add(parent);
  writeFileSync(file, bytes);
  utimesSync(file, firstTime, firstTime);
};
