import { BackupError } from '@triplicate/core';
import type { PhonePath } from '../backup/ios-backup.ts';
import { ownerOf } from '../manifest/domains.ts';
import type { Manifest, ManifestEntry } from '../manifest/manifest.ts';

/** What a person chose out of a manifest, with what belongs to it. */
export interface ChosenPart {
  /** Everything chosen, and the folders above it, each once. */
  readonly entries: readonly ManifestEntry[];
  /** Bundle identifiers of the apps whose documents are among it. */
  readonly apps: readonly string[];
}

/** What SQLite keeps beside a database: one without the other is an older state of it, or none. */
const besides = ['-wal', '-shm', '-journal'];

/**
 * The records at and below `places`. A database comes with its log, wherever one of them was chosen. NOT_FOUND for a place where nothing
 * stands, UNSUPPORTED for the keychain, whose items a phone takes with a whole backup only.
 */
export const choosePart = (manifest: Manifest, places: readonly PhonePath[]): ChosenPart => {
  const chosen = new Map<string, ManifestEntry>();
  for (const place of places) {
    if (place.domain === 'KeychainDomain')
      throw new BackupError(
        'UNSUPPORTED',
        'the keychain is not put back in parts: a phone takes it with a whole backup',
        {
          hint: 'restore the whole snapshot, or other domains',
        },
      );
    const found = [...entriesAt(manifest, place)];
    if (found.length === 0)
      throw new BackupError('NOT_FOUND', `nothing stands at "${place.domain}/${place.path}" in this backup`, {
        hint: '`triplicate ls --logical SNAPSHOT` lists the domains, and behind one of them what is in it',
      });
    // In a folder that was chosen they are there already.
    const [only] = found;
    const all = found.length === 1 && only !== undefined ? withCompany(manifest, only) : found;
    for (const entry of all) chosen.set(entry.id, entry);
  }
  const apps = new Set([...chosen.values()].flatMap(({ domain }) => appOf(domain)));
  for (const above of foldersAbove(manifest, [...chosen.values()])) chosen.set(above.id, above);
  return { entries: [...chosen.values()], apps: [...apps].toSorted() };
};

function* entriesAt(manifest: Manifest, { domain, path }: PhonePath): Generator<ManifestEntry> {
  const own = manifest.find(domain, path);
  if (own !== undefined) yield own;
  if (own === undefined || own.kind === 'folder')
    yield* manifest.entries({ domain, prefix: path === '' ? '' : `${path}/` });
}

const withCompany = (manifest: Manifest, entry: ManifestEntry): ManifestEntry[] => {
  if (entry.kind !== 'file') return [entry];
  const suffix = besides.find((one) => entry.path.endsWith(one)) ?? '';
  const base = entry.path.slice(0, entry.path.length - suffix.length);
  const company = ['', ...besides].flatMap((one) => manifest.find(entry.domain, base + one) ?? []);
  return [entry, ...company.filter(({ kind }) => kind === 'file')];
};

/** Each is looked up once: a camera roll has hundreds of thousands of files in a few folders. */
function* foldersAbove(manifest: Manifest, entries: readonly ManifestEntry[]): Generator<ManifestEntry> {
  const seen = new Set<string>();
  for (const { domain, path } of entries)
    for (let at = path; at !== '';) {
      at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
      if (seen.has(`${domain}/${at}`)) break;
      seen.add(`${domain}/${at}`);
      const folder = manifest.find(domain, at);
      if (folder?.kind === 'folder') yield folder;
    }
}

const appOf = (domain: string): string[] => {
  const { kind, id } = ownerOf(domain);
  return kind === 'app' ? [id] : [];
};
