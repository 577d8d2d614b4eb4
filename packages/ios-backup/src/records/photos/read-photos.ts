import { isBackupError } from '@triplicate/core';
import type { IosBackup } from '../../backup/ios-backup.ts';
import { dateFromCocoa } from '../../decode/apple-time.ts';
import { flag, int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema, quote } from '../../sqlite/schema.ts';
import { findFile, lastName, listedAt } from '../attachment.ts';
import type { Attachment } from '../attachment.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';
import { readLoosePhotos, toldByDatabase } from './loose-photos.ts';
import { cameraRoll as domain, type Photo } from './photo.ts';

const wanted = {
  id: ['Z_PK'],
  uuid: ['ZUUID'],
  directory: ['ZDIRECTORY'],
  filename: ['ZFILENAME'],
  taken: ['ZDATECREATED'],
  added: ['ZADDEDDATE'],
  trashed: ['ZTRASHEDSTATE'],
  trashedAt: ['ZTRASHEDDATE'],
  hidden: ['ZHIDDEN'],
  favourite: ['ZFAVORITE'],
  latitude: ['ZLATITUDE'],
  longitude: ['ZLONGITUDE'],
  kind: ['ZKIND'],
  subtype: ['ZKINDSUBTYPE'],
  duration: ['ZDURATION'],
} as const;

/** ZKINDSUBTYPE of a Live Photo. */
const livePhoto = 2;

/**
 * Every picture and film of the library, oldest first, with what became of its file, and then the files of the camera roll that it does not
 * list. Where the library's database is damaged or of an unknown layout, `salvage` gives what it still told and then the files of the camera
 * roll that it had not told of; the tally names what is missing.
 */
export async function* readPhotos(backup: IosBackup, options: RecordOptions): AsyncGenerator<Photo> {
  const given = new Set<string>();
  try {
    yield* readLibrary(backup, options, given);
  } catch (error) {
    if (options.salvage !== true || !isBackupError(error) || !ofOneFile.has(error.code)) throw error;
    options.tally.failed(toldByDatabase, error);
    yield* readLoosePhotos(backup, options, given);
  }
}

/** What concerns the database alone, a layout that is not known among it. */
const ofOneFile: ReadonlySet<string> = new Set(['CORRUPT', 'NOT_FOUND', 'UNREADABLE', 'UNSUPPORTED']);

/** `given` takes the paths of the files that it told of. */
async function* readLibrary(backup: IosBackup, options: RecordOptions, given: Set<string>): AsyncGenerator<Photo> {
  const { tally, filter } = options;
  await using db = await backup.database({ domain, path: 'Media/PhotoData/Photos.sqlite' }, options);
  if (db === undefined) {
    tally.gap('albums, favourites and dates: the backup has no Photos.sqlite');
    return yield* readLoosePhotos(backup, options, given);
  }
  tally.source(db.label);
  const schema = new Schema(db, tally.gap);
  const table = schema.has('ZASSET') ? 'ZASSET' : 'ZGENERICASSET';
  schema.require(table, 'Z_PK', 'ZDIRECTORY', 'ZFILENAME');
  const picked = schema.pick(table, wanted, 'a');
  tally.missing(table, picked.missing);
  const albums = readAlbums(schema, options);
  const extra = extraQuery(schema);
  for (const row of schema.rows(
    `SELECT ${picked.list} FROM ${table} a ORDER BY a.${schema.columns(table).has('ZDATECREATED') ? 'ZDATECREATED' : 'Z_PK'}, a.Z_PK`,
  )) {
    const id = int(row['id']) ?? -1;
    const own = extra === undefined ? undefined : schema.lookup(extra, id)[0];
    for (const path of pathsOf(row)) given.add(path);
    const why = outsidePeriod(dateFromCocoa(real(row['taken'])), filter);
    if (why === undefined) tally.exported();
    else tally.skip(why);
    if (why !== undefined) continue;
    yield await build(backup, row, { extra: own, albums: albums.get(id) ?? [] }, options);
  }
  yield* readLoosePhotos(backup, options, given, { unlisted: true });
}

/** The original, and the film that a Live Photo would have. */
const pathsOf = (row: Row): string[] => {
  const original = `Media/${text(row['directory']) ?? ''}/${text(row['filename']) ?? ''}`;
  const stem = original.replace(/\.\w+$/, '');
  return int(row['subtype']) === livePhoto ? [original, `${stem}.MOV`, `${stem}.mov`] : [original];
};

interface Extras {
  readonly extra: Row | undefined;
  readonly albums: readonly string[];
}

const build = async (
  backup: IosBackup,
  row: Row,
  { extra, albums }: Extras,
  options: RecordOptions,
): Promise<Photo> => {
  const directory = text(row['directory']) ?? '';
  const filename = text(row['filename']) ?? '';
  const path = `Media/${directory}/${filename}`;
  const stem = filename.replace(/\.\w+$/, '');
  const isVideo = int(row['kind']) === 1;
  const original = await fileAt(backup, [path], options);
  const isLive = !isVideo && int(row['subtype']) === livePhoto;
  const movie = isLive
    ? await fileAt(backup, [`Media/${directory}/${stem}.MOV`, `Media/${directory}/${stem}.mov`], options)
    : undefined;
  const mutations = `Media/PhotoData/Mutations/${directory}/${stem}/Adjustments/FullSizeRender`;
  const edited = await fileAt(
    backup,
    [...(isVideo ? [] : ['jpg', 'heic', 'JPG', 'HEIC']), 'mov', 'MOV'].map((extension) => `${mutations}.${extension}`),
    options,
  );
  const editedMovie = /\.mov$/i.test(edited.name)
    ? undefined
    : await fileAt(backup, [`${mutations}.mov`, `${mutations}.MOV`], options);
  const [latitude, longitude] = [real(row['latitude']), real(row['longitude'])];
  return {
    id: text(row['uuid']) ?? String(int(row['id'])),
    kind: isVideo ? 'video' : isLive ? 'live photo' : 'photo',
    originalName: text(extra?.['name']),
    taken: dateFromCocoa(real(row['taken'])),
    added: dateFromCocoa(real(row['added'])),
    timeZone: text(extra?.['zone']),
    // -180 in both stands for "no place".
    place: latitude === undefined || longitude === undefined || latitude <= -180 ? undefined : { latitude, longitude },
    favourite: flag(row['favourite']),
    hidden: flag(row['hidden']),
    recentlyDeleted: flag(row['trashed']),
    deletedAt: flag(row['trashed']) ? dateFromCocoa(real(row['trashedAt'])) : undefined,
    albums,
    durationSeconds: isVideo ? real(row['duration']) : undefined,
    original: { ...original, name: filename || original.name },
    movie: listedOnly(movie),
    edited: listedOnly(edited),
    editedMovie: listedOnly(editedMovie),
  };
};

/** What the library does not tell of is only known by its file. */
const listedOnly = (file: Attachment | undefined): Attachment | undefined =>
  file?.state === 'icloud' ? undefined : file;

/** A row whose file the backup does not list is an original that stands in iCloud alone. */
const fileAt = async (backup: IosBackup, paths: readonly string[], options: RecordOptions): Promise<Attachment> => {
  const places = paths.filter((path) => !path.split('/').includes('..')).map((path) => ({ domain, path }));
  const found = await findFile(backup, places, options);
  const listed = found === undefined ? listedAt(backup, places) : { domain, path: found.path };
  const place = listed ?? places[0];
  return {
    name: lastName(place?.path ?? 'photo'),
    type: undefined,
    sizeBytes: undefined,
    place,
    state: found !== undefined ? 'present' : listed === undefined ? 'icloud' : 'missing',
  };
};

const extraQuery = (schema: Schema): string | undefined => {
  const table = 'ZADDITIONALASSETATTRIBUTES';
  if (!schema.offers('original names and time zones', table, 'ZASSET')) return undefined;
  const picked = schema.choose(table, { name: ['ZORIGINALFILENAME'], zone: ['ZTIMEZONENAME'] }, 'x');
  return `SELECT ${picked.list} FROM ${table} x WHERE x.ZASSET = ? LIMIT 1`;
};

/** Albums that a person made (kind 2) and did not delete, by asset. The numbers in the join's names differ with each version of iOS. */
const readAlbums = (schema: Schema, { tally }: RecordOptions): Map<number, string[]> => {
  const albums = new Map<number, string[]>();
  const join = [...schema.tables].flatMap((table) => {
    const columns = [...schema.columns(table)];
    const album = columns.find((c) => /^Z_\d+ALBUMS$/.test(c));
    const asset = columns.find((c) => /^Z_\d+ASSETS$/.test(c));
    return /^Z_\d+ASSETS$/.test(table) && album !== undefined && asset !== undefined ? [{ table, album, asset }] : [];
  })[0];
  if (join === undefined) tally.gap('albums: the table that joins them to pictures was not found');
  if (join === undefined || !schema.offers('albums', 'ZGENERICALBUM', 'Z_PK', 'ZTITLE')) return albums;
  const own = schema.offers('which albums a person made', 'ZGENERICALBUM', 'ZKIND') ? 'AND g.ZKIND = 2' : '';
  const kept = schema.offers('which albums were deleted', 'ZGENERICALBUM', 'ZTRASHEDSTATE')
    ? 'AND coalesce(g.ZTRASHEDSTATE, 0) = 0'
    : '';
  const sql = `SELECT j.${quote(join.asset)} AS asset, g.ZTITLE AS title FROM ${quote(join.table)} j JOIN ZGENERICALBUM g ON g.Z_PK = j.${quote(join.album)} WHERE g.ZTITLE IS NOT NULL ${own} ${kept} ORDER BY g.Z_PK`;
  for (const row of schema.rows(sql)) {
    const asset = int(row['asset']) ?? -1;
    albums.set(asset, [...(albums.get(asset) ?? []), text(row['title']) ?? '']);
  }
  return albums;
};
