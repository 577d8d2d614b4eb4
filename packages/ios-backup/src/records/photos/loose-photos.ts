import type { IosBackup } from '../../backup/ios-backup.ts';
import { lastName } from '../attachment.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';
import { cameraRoll, type Photo } from './photo.ts';

/** What only the library's database tells. */
export const toldByDatabase =
  'albums, favourites, places, edited versions, the dates that the library has, and which pictures are hidden, recently deleted or only in iCloud';

/** What a phone puts beside a picture that was edited. */
const sidecar = /\.aae$/i;

/** The files of the camera roll as they are, but for those whose paths were given already. `unlisted`: the library was read and tells of none of them. */
export async function* readLoosePhotos(
  backup: IosBackup,
  { tally, filter, signal }: RecordOptions,
  given: ReadonlySet<string> = new Set(),
  { unlisted = false }: { readonly unlisted?: boolean } = {},
): AsyncGenerator<Photo> {
  for (const entry of backup.manifest.entries({ domain: cameraRoll, prefix: 'Media/DCIM/' })) {
    if (entry.kind !== 'file' || given.has(entry.path)) continue;
    const taken = entry.details().born ?? entry.details().modified;
    const chosen = sidecar.test(entry.path) ? 'describes an edit, and is no picture' : outsidePeriod(taken, filter);
    const isThere = chosen !== undefined || (await backup.has(entry, { signal }));
    const why = isThere ? chosen : 'its file is not in the backup';
    if (!isThere) tally.fileAbsent(entry);
    if (why === undefined) tally.exported();
    else tally.skip(why);
    if (why !== undefined) continue;
    if (unlisted) tally.gap(`${entry.path}: the photo library does not list it; exported by its file alone`);
    const name = lastName(entry.path);
    yield {
      id: entry.id,
      kind: /\.(mov|mp4|m4v)$/i.test(name) ? 'video' : 'photo',
      originalName: undefined,
      taken,
      added: undefined,
      timeZone: undefined,
      place: undefined,
      favourite: false,
      hidden: false,
      recentlyDeleted: false,
      deletedAt: undefined,
      albums: [],
      durationSeconds: undefined,
      original: {
        name,
        type: undefined,
        sizeBytes: entry.details().size,
        place: { domain: cameraRoll, path: entry.path },
        state: 'present',
      },
      movie: undefined,
      edited: undefined,
      editedMovie: undefined,
    };
  }
}
