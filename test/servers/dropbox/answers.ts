/** Entries as Dropbox describes them; the types are those of its own SDK. */
import type { files } from 'dropbox';
import type { Change, StoredFile, StoredFolder } from './store.ts';

const nameOf = (display: string): string => display.slice(display.lastIndexOf('/') + 1);

export const fileMetadata = (file: StoredFile): files.FileMetadata => ({
  name: nameOf(file.display),
  path_lower: file.display.toLowerCase(),
  path_display: file.display,
  id: file.id,
  client_modified: file.clientModified,
  server_modified: file.serverModified,
  rev: file.rev,
  size: file.content.byteLength,
  is_downloadable: true,
  content_hash: file.hash,
});

export const folderMetadata = (folder: StoredFolder): files.FolderMetadata => ({
  name: nameOf(folder.display),
  path_lower: folder.display.toLowerCase(),
  path_display: folder.display,
  id: folder.id,
});

type Reference = files.FileMetadataReference | files.FolderMetadataReference | files.DeletedMetadataReference;

export const metadata = ({ display, entry, lower }: Change): Reference => {
  if (entry === undefined) {
    return { '.tag': 'deleted', name: nameOf(display), path_lower: lower, path_display: display };
  }
  return entry.kind === 'file'
    ? { '.tag': 'file', ...fileMetadata(entry) }
    : { '.tag': 'folder', ...folderMetadata(entry) };
};
