import type { Attachment } from '../records/attachment.ts';
import type { Photo } from '../records/photos/photo.ts';
import { safeName } from '../render/safe-name.ts';
import { photoColumns } from './columns.ts';
import { afterFiles, exportTable } from './export-table.ts';
import type { ExportContext } from './export-context.ts';

/** The original files by year or by album with the dates they were taken, and a list of all of them, those in iCloud too. */
export const exportPhotos = (photos: AsyncIterable<Photo>, context: ExportContext): Promise<void> => {
  const { files, signal, time, request } = context;
  const write = async (photo: Photo): Promise<void> => {
    const folder = folderOf(photo, request.photosBy ?? 'year', context);
    for (const file of [photo.original, photo.movie, photo.edited, photo.editedMovie]) {
      if (file === undefined) continue;
      const isEdited = file === photo.edited || file === photo.editedMovie;
      const name = isEdited ? safeName(editedName(photo, file)) : undefined;
      await files.write(file, { folder, modified: photo.taken, signal, path: name });
    }
    if (photo.original.state !== 'present') await files.keep(partsElsewhere(photo).map((name) => `${folder}/${name}`));
  };
  return exportTable(
    {
      name: 'photos',
      title: 'Photos and videos',
      columns: photoColumns(time, files.written),
      cards: true,
      records: afterFiles(photos, write),
      files: ({ original, movie, edited, editedMovie }) => ({ original, movie, edited, editedMovie }),
    },
    context,
  );
};

/** `IMG_0001 (edited).jpg`: the phone calls every edited picture the same. */
const editedName = ({ original }: Photo, file: Attachment): string => {
  const extension = /\.\w+$/.exec(file.place?.path ?? '')?.[0] ?? '';
  return `${original.name.replace(/\.\w+$/, '')} (edited)${extension}`;
};

/** Where the original is only in iCloud, its film and its edited version are too, and nothing in the backup says that there are any. */
const partsElsewhere = ({ original, movie, edited, editedMovie }: Photo): string[] => {
  const stem = safeName(original.name.replace(/\.\w+$/, ''));
  const films = movie === undefined ? [`${stem}.MOV`] : [];
  const types = [...(edited === undefined ? ['jpg', 'heic'] : []), ...(editedMovie === undefined ? ['mov'] : [])];
  return [...films, ...types.map((type) => `${stem} (edited).${type}`)];
};

const folderOf = (
  photo: Photo,
  by: NonNullable<ExportContext['request']['photosBy']>,
  { time }: ExportContext,
): string => {
  if (photo.recentlyDeleted) return 'Recently deleted';
  if (photo.hidden) return 'Hidden';
  const year = time.day(photo.taken).slice(0, 4) || 'No date';
  const [album] = photo.albums;
  if (by === 'year' || album === undefined) return year;
  return by === 'album' ? safeName(album) : `${year}/${safeName(album)}`;
};
