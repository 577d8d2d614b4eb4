import { int, text } from '../../sqlite/row.ts';
import { quote } from '../../sqlite/schema.ts';
import type { Schema } from '../../sqlite/schema.ts';
import { knownParts, knownProperties } from './contact-values.ts';

/** Columns of a contact that say nothing of the person: how it is sorted, synchronised and drawn. */
const bookkeeping: ReadonlySet<string> = new Set([
  'FirstSort',
  'LastSort',
  'FirstSortSection',
  'LastSortSection',
  'FirstSortLanguageIndex',
  'LastSortLanguageIndex',
  'CompositeNameFallback',
  'DisplayName',
  'DisplayFlags',
  'IsPreferredName',
  'guid',
  'ExternalIdentifier',
  'ExternalModificationTag',
  'ExternalUUID',
  'ExternalRepresentation',
  'PhonemeData',
  'MapsData',
  'PreferredLikenessSource',
  'PreferredPersonaIdentifier',
  'PreferredChannel',
  'DowntimeWhitelist',
  'ImageURI',
  'ImageType',
  'ImageHash',
  'MemojiMetadata',
  'ImageBackgroundColorsData',
  'ImageSyncFailedTime',
  'Wallpaper',
  'WallpaperMetadata',
  'WallpaperURI',
  'WallpaperSyncFailedTime',
  'WatchWallpaperImageData',
  'SensitiveContentConfiguration',
]);

/** Names what the address book holds and no record shows: columns, kinds of values and parts of them that are not known. */
export const nameContactGaps = (schema: Schema, exported: ReadonlySet<string>, gap: (what: string) => void): void => {
  for (const column of schema.columns('ABPerson')) {
    if (exported.has(column) || bookkeeping.has(column)) continue;
    const name = quote(column);
    const sql = `SELECT count(*) AS n FROM ABPerson WHERE ${name} IS NOT NULL AND ${name} <> ''`;
    const filled = int(schema.first(sql)?.['n']) ?? 0;
    if (filled > 0)
      gap(
        `contacts: ${filled} ${filled === 1 ? 'has' : 'have'} something in the column "${column}", which is not exported`,
      );
  }
  if (!schema.columns('ABMultiValue').has('property')) return;
  for (const row of schema.rows('SELECT property AS kind, count(*) AS n FROM ABMultiValue GROUP BY property')) {
    if (knownProperties.has(int(row['kind']) ?? -1)) continue;
    const kind = text(row['kind']) ?? 'none';
    gap(`contacts: ${values(row['n'], 'is', 'are')} of the kind ${kind}, which is not known and not exported`);
  }
  const [entries, keys] = [schema.columns('ABMultiValueEntry'), schema.columns('ABMultiValueEntryKey')];
  if (!entries.has('key') || !keys.has('value')) return;
  const sql =
    'SELECT lower(k.value) AS part, count(*) AS n FROM ABMultiValueEntry e JOIN ABMultiValueEntryKey k ON k.rowid = e.key GROUP BY lower(k.value)';
  for (const row of schema.rows(sql)) {
    const part = text(row['part']) ?? '';
    if (!knownParts.has(part))
      gap(`contacts: ${values(row['n'], 'has', 'have')} a part "${part}", which is not exported`);
  }
};

const values = (count: unknown, one: string, many: string): string =>
  int(count) === 1 ? `1 value ${one}` : `${int(count)} values ${many}`;
