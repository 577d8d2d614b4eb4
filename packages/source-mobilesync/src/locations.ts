import { posix, win32 } from 'node:path';

export interface Machine {
  readonly platform: NodeJS.Platform;
  /** The home folder of the user. */
  readonly home: string;
}

const macFolders = ['Library/Application Support/MobileSync/Backup', 'Library/Application Support/iMazing/Backups'];

// iTunes of Apple's own installer; iTunes and Apple Devices of the store; iMazing.
const windowsFolders = [
  'AppData/Roaming/Apple Computer/MobileSync/Backup',
  'Apple/MobileSync/Backup',
  'AppData/Roaming/iMazing/Backups',
];

/** Where the programs of this platform keep backups by default; none where there are no such programs. */
export const defaultLocations = ({ platform, home }: Machine): readonly string[] => {
  if (platform === 'darwin') return macFolders.map((folder) => posix.join(home, folder));
  if (platform === 'win32') return windowsFolders.map((folder) => win32.join(home, folder));
  return [];
};
