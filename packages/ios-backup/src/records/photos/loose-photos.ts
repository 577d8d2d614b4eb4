import type { IosBackup } from '../../backup/ios-backup.ts';
import { lastName } from '../attachment.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';
import { cameraRoll, type Photo } from './photo.ts';

/** What only the library's database tells. */
export const toldByDatabase =
  'albums, favourites, places, edited versions, the dates that the library has, and which pictures are hidden, recently deleted or only in iCloud';

/** Without the library's database: the files of the camera roll as they are, but for those whose paths were given already. */
export async function* readLoosePhotos(
  backup: IosBackup,
  { tally, filter, signal }: RecordOptions,
  given: ReadonlySet<string> = new Set(),
): AsyncGenerator<Photo> {
  for (const entry of backup.manifest.entries({ domain: cameraRoll, prefix: 'Media/DCIM/' })) {
    if (entry.kind !== 'file' || given.has(entry.path)) continue;
    const taken = entry.details().born ?? entry.details().modified;
    const why =
      outsidePeriod(taken, filter) ??
      ((await backup.has(entry, { signal })) ? undefined : 'its file is not in the backup');
    if (why === undefined) tally.exported();
    else tally.skip(why);
    if (why !== undefined) continue;
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
    };
  }
}
