export { FolderFiles } from './files/folder-files.ts';
export { OverlayFiles } from './files/overlay-files.ts';
export { SnapshotFiles } from './files/snapshot-files.ts';
export { readWhole } from './files/backup-files.ts';
export type { BackupFiles, FileStat, ListedFile } from './files/backup-files.ts';
