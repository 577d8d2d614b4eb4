import { BackupError, type SecretReference } from '@triplicate/core';
import type { CliSurroundings } from '../surroundings.ts';
import { requireAround, requireSource } from './check-folders.ts';
import { namesOfFolder, namesOfSource } from './destination-name.ts';
import { distinctNames } from './distinct-names.ts';
import { splitNamed, writtenPath, type Draft } from './draft.ts';
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
  addAll(sources, flags.source, {
    namesOf: (path) => namesOfSource(path, surroundings),
    entryOf: (path) => {
      requireSource(path, surroundings);
      return flow({ type: 'files', paths: [writtenPath(path, surroundings)] });
    },
  });
  addAll(destinations, flags.to, {
    namesOf: (path) => namesOfFolder(path, surroundings),
    entryOf: (path) => {
      requireAround(path, surroundings);
      return flow({ type: 'local', path: writtenPath(path, surroundings) });
    },
  });
  if (sources.size === 0 || destinations.size === 0) {
    const lacking = sources.size === 0 ? 'nothing says what to back up' : 'nothing says where to';
    throw new BackupError('USAGE', lacking, {
      hint: 'for example `triplicate init --source ~/Documents --to usb=/media/backup`; at a terminal, `triplicate init` alone asks',
    });
  }
  return { pipeline, sources, destinations, password, ...(flags.quorum === undefined ? {} : { quorum: flags.quorum }) };
};

interface OfPath {
  readonly namesOf: (path: string) => readonly [string, ...string[]];
  readonly entryOf: (path: string) => string;
}

/** Paths, or whole entries in braces. */
const addAll = (map: Map<string, string>, texts: readonly string[] = [], { namesOf, entryOf }: OfPath): void => {
  const named = texts.map(splitNamed);
  const given = new Set(map.keys());
  for (const { name, rest } of named) {
    if (/[\r\n]/.test(rest)) throw new BackupError('USAGE', 'an entry of the configuration has to be one line');
    if (isEntry(rest) && name === undefined) {
      throw new BackupError('USAGE', 'an entry in braces needs a name', {
        hint: 'write for example cloud={ type: s3, bucket: backups }',
      });
    }
    if (name === undefined) continue;
    if (given.has(name)) throw new BackupError('USAGE', `the name "${name}" is given twice`);
    given.add(name);
  }
  const unnamed = named.filter(({ name }) => name === undefined).map(({ rest }) => namesOf(rest));
  const names = distinctNames(unnamed, given).values();
  for (const { name, rest } of named)
    map.set(name ?? names.next().value ?? '', isEntry(rest) ? rest.trim() : entryOf(rest));
};

const isEntry = (rest: string): boolean => rest.trimStart().startsWith('{');
