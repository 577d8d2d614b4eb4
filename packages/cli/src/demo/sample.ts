import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makePhoto } from './png.ts';

/** The same numbers every time (mulberry32), so that two demos tell the same story. */
export const seededNumbers = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const firstDay = Date.UTC(2026, 5, 1, 9, 30);
const dayMs = 24 * 60 * 60_000;

export interface PhotoRoll {
  /** Number of the first one, as the camera counts. */
  readonly from: number;
  readonly count: number;
  readonly width: number;
}

/** Photos as they lie on a phone. */
export const addPhotos = async (phone: string, { from, count, width }: PhotoRoll): Promise<void> => {
  for (let number = from; number < from + count; number += 1) {
    const photo = makePhoto(width, Math.round(width * 0.75), seededNumbers(number));
    await write(join(phone, 'DCIM', '100APPLE', `IMG_${String(number).padStart(4, '0')}.PNG`), photo, number);
  }
};

const notes: readonly (readonly [file: string, text: string])[] = [
  ['Notes/Shopping.txt', 'bread\nolive oil\ncoffee\na present for Ben\n'],
  ['Notes/Ideas for the garden.txt', 'Move the roses before winter.\nAsk Grandfather how he cuts the pear tree.\n'],
  ['Notes/Wi-Fi at the cabin.txt', 'Network: fjellhytte\nThe router is behind the stove.\n'],
  ['Contacts/Ben.vcf', 'BEGIN:VCARD\nVERSION:3.0\nFN:Ben Hansen\nTEL:+47 400 00 001\nEND:VCARD\n'],
  ['Contacts/Grandfather.vcf', 'BEGIN:VCARD\nVERSION:3.0\nFN:Grandfather\nTEL:+47 400 00 002\nEND:VCARD\n'],
];

/** What else is on it: a few notes and contacts, and a long thread of messages. */
export const addTexts = async (phone: string): Promise<void> => {
  for (const [i, [file, text]] of notes.entries()) await write(join(phone, file), text, i);
  await write(join(phone, 'Messages', 'Ben.txt'), thread(), 40);
};

const thread = (): string => {
  const random = seededNumbers(7);
  const said = [
    'on my way',
    'did you see the photos?',
    'yes!',
    'call me when you are there',
    'tomorrow at eight',
    'ok',
    'good night',
  ];
  return Array.from({ length: 400 }, (_, i) => {
    const who = random() < 0.5 ? 'Anna' : 'Ben ';
    return `${String(i + 1).padStart(4)}  ${who}  ${said[Math.floor(random() * said.length)]}`;
  }).join('\n');
};

const write = async (file: string, content: string | Buffer, day: number): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  const time = new Date(firstDay + day * dayMs);
  await utimes(file, time, time);
};
