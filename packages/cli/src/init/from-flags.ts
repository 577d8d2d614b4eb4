import { BackupError, type SecretReference } from '@triplicate/core';
import type { CliSurroundings } from '../surroundings.ts';
import { requireAround, requireSource } from './check-folders.ts';
import { nameOfFolder } from './destination-name.ts';
import { freeName, nameOfPath, splitNamed, writtenPath, type Draft } from './draft.ts';
import { flow } from './flow.ts';

export interface InitFlags {
  readonly source?: readonly string[];
  readonly iphone?: boolean;
  readonly to?: readonly string[];
  readonly quorum?: number;
}

/** A draft out of flags. USAGE when there is no source or no destination. */
export const draftFromFlags = (
  flags: InitFlags,
  pipeline: string,
  { surroundings, password }: { readonly surroundings: CliSurroundings; readonly password: SecretReference },
): Draft => {
  const sources = new Map<string, string>();
  const destinations = new Map<string, string>();
  if (flags.iphone === true) sources.set('iphone', flow({ type: 'device', udid: 'any' }));
  for (const text of flags.source ?? []) {
    add(sources, text, {
      nameOf: nameOfPath,
      entryOf: (path) => {
        requireSource(path, surroundings);
        return flow({ type: 'files', paths: [writtenPath(path, surroundings)] });
      },
    });
  }
  for (const text of flags.to ?? []) {
    add(destinations, text, {
      nameOf: (path) => nameOfFolder(path, surroundings),
      entryOf: (path) => {
        requireAround(path, surroundings);
        return flow({ type: 'local', path: writtenPath(path, surroundings) });
      },
    });
  }
  if (sources.size === 0 || destinations.size === 0) {
    const lacking = sources.size === 0 ? 'nothing says what to back up' : 'nothing says where to';
    throw new BackupError('USAGE', lacking, {
      hint: 'for example `triplicate init --source ~/Documents --to usb=/media/backup`; at a terminal, `triplicate init` alone asks',
    });
  }
  return { pipeline, sources, destinations, password, ...(flags.quorum === undefined ? {} : { quorum: flags.quorum }) };
};

interface OfPath {
  readonly nameOf: (path: string) => string;
  readonly entryOf: (path: string) => string;
}

/** A path, or a whole entry in braces. */
const add = (map: Map<string, string>, text: string, { nameOf, entryOf }: OfPath): void => {
  const { name, rest } = splitNamed(text);
  const isEntry = rest.trimStart().startsWith('{');
  if (/[\r\n]/.test(rest)) throw new BackupError('USAGE', 'an entry of the configuration has to be one line');
  if (isEntry && name === undefined) {
    throw new BackupError('USAGE', 'an entry in braces needs a name', {
      hint: 'write for example cloud={ type: s3, bucket: backups }',
    });
  }
  if (name !== undefined && map.has(name)) throw new BackupError('USAGE', `the name "${name}" is given twice`);
  map.set(name ?? freeName(nameOf(rest), map), isEntry ? rest.trim() : entryOf(rest));
};
