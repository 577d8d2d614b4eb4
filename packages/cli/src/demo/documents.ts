import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const firstDay = Date.UTC(2026, 5, 1, 9, 30);
const dayMs = 24 * 60 * 60_000;

const notes: readonly (readonly [file: string, text: string])[] = [
  ['Shopping.txt', 'bread\nolive oil\ncoffee\na present for Ben\n'],
  ['Ideas for the garden.txt', 'Move the roses before winter.\nAsk Grandfather how he cuts the pear tree.\n'],
  ['Wi-Fi at the cabin.txt', 'Network: fjellhytte\nThe router is behind the stove.\n'],
  ['Contacts/Ben.vcf', 'BEGIN:VCARD\nVERSION:3.0\nFN:Ben Hansen\nTEL:+47 400 00 001\nEND:VCARD\n'],
  ['Contacts/Grandfather.vcf', 'BEGIN:VCARD\nVERSION:3.0\nFN:Grandfather\nTEL:+47 400 00 002\nEND:VCARD\n'],
];

/** A few files of a person, for the part of the story that is not about phones. */
export const writeDocuments = async (folder: string): Promise<void> => {
  for (const [i, [name, text]] of notes.entries()) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    const time = new Date(firstDay + i * dayMs);
    await utimes(file, time, time);
  }
};
