import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Where destinations are measured. */
export interface Place {
  readonly name: string;
  readonly folder: string;
}

const memory = '/dev/shm';

/** Memory, where the system offers it as a folder, so that no disk stands between the programs; and the disk that was asked for. */
export const placesFor = (disk: string | undefined): readonly Place[] => [
  existsSync(memory) ? { name: 'tmpfs', folder: memory } : { name: 'temporary folder', folder: tmpdir() },
  ...(disk === undefined ? [] : [{ name: 'disk', folder: disk }]),
];
