import { posix, win32 } from 'node:path';
import { readVariable, type Surroundings } from './surroundings.ts';

export interface Folders {
  /** Where `triplicate.yaml` is looked for last. */
  readonly config: string;
  /** What must be kept between runs. */
  readonly state: string;
  /** What can be made again. */
  readonly cache: string;
}

const name = 'triplicate';

/**
 * The platform's folders, as `env-paths` has them (which reads the process by itself), with the state in XDG_STATE_HOME on Linux.
 * TRIPLICATE_STATE_DIR and TRIPLICATE_CACHE_DIR override them. None of them is created here.
 */
export const foldersOf = (surroundings: Surroundings): Folders => {
  const path = surroundings.platform === 'win32' ? win32 : posix;
  const folders = platformFolders(surroundings);
  const override = (variable: string, folder: string): string =>
    path.resolve(surroundings.cwd, readVariable(surroundings, variable) ?? folder);
  return {
    config: folders.config,
    state: override('TRIPLICATE_STATE_DIR', folders.state),
    cache: override('TRIPLICATE_CACHE_DIR', folders.cache),
  };
};

const platformFolders = (surroundings: Surroundings): Folders => {
  const { home, platform } = surroundings;
  const variable = (key: string): string | undefined => readVariable(surroundings, key);
  if (platform === 'win32') {
    const local = win32.join(variable('LOCALAPPDATA') ?? win32.join(home, 'AppData', 'Local'), name);
    const roaming = win32.join(variable('APPDATA') ?? win32.join(home, 'AppData', 'Roaming'), name);
    const inside = (folder: string): string => win32.join(local, folder);
    return { config: win32.join(roaming, 'Config'), state: inside('Data'), cache: inside('Cache') };
  }
  const join = (...parts: string[]): string => posix.join(...parts);
  if (platform === 'darwin') {
    const library = join(home, 'Library');
    return {
      config: join(library, 'Preferences', name),
      state: join(library, 'Application Support', name),
      cache: join(library, 'Caches', name),
    };
  }
  return {
    config: join(variable('XDG_CONFIG_HOME') ?? join(home, '.config'), name),
    state: join(variable('XDG_STATE_HOME') ?? join(home, '.local', 'state'), name),
    cache: join(variable('XDG_CACHE_HOME') ?? join(home, '.cache'), name),
  };
};
