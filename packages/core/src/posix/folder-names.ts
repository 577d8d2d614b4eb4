import { closeSync, constants } from 'node:fs';
import type { ByteName } from '../bytes.ts';
import { atCalls } from './at-calls.ts';
import { callTable, lazily } from './c-calls.ts';
import { errnoError } from './errno.ts';
import type { CLibrary } from './library.ts';
import { isPassing } from './steady-errno.ts';

/** Where `struct dirent` has the length of the entry and the name: Linux (readdir(3)), macOS with 64-bit inodes (dir(5)). */
const layout = {
  linux: { length: 16, name: 19 },
  darwin: { length: 16, name: 21 },
} as const;

const mostEnds = 5;

const makeReader = (library: CLibrary): ((folder: number) => ByteName[]) => {
  const suffix = library.suffixed ? '$INODE64' : '';
  const fdopendir = lazily(library, `void *fdopendir${suffix}(int)`);
  const readdir = lazily(library, `void *readdir${suffix}(void *)`);
  const closedir = lazily(library, 'int closedir(void *)');
  const at = layout[library.system];
  const nameOf = (entry: bigint): ByteName => {
    const length = library.bytes(entry, at.length + 2).readUInt16LE(at.length);
    const bytes = library.bytes(entry, length);
    return bytes.toString('latin1', at.name, bytes.indexOf(0, at.name)) as ByteName;
  };
  return (folder) => {
    // A descriptor of its own: the stream takes it over, and a folder's descriptor has one place of reading for all its copies.
    const fd = atCalls()?.open(folder, '.' as ByteName, constants.O_RDONLY | constants.O_DIRECTORY) ?? -1;
    const stream = fdopendir(fd);
    if (stream === null) {
      const errno = library.errno();
      closeSync(fd);
      throw errnoError(errno);
    }
    try {
      const names: ByteName[] = [];
      let ends = 0;
      for (;;) {
        library.setErrno(0);
        const entry = readdir(stream);
        if (typeof entry !== 'bigint') {
          // An errno that reading cannot set, again: at the end there is the end again, and behind a failure there is one.
          if (library.errno() === 0 || !isPassing(library.errno()) || ++ends === mostEnds) break;
          continue;
        }
        const name = nameOf(entry);
        if (name !== '.' && name !== '..') names.push(name);
      }
      // A listing that stops half-way is an error, never a shorter list.
      if (library.errno() !== 0) throw errnoError(library.errno());
      return names.sort();
    } finally {
      closedir(stream);
    }
  };
};

/** The names in an open folder, in byte order. */
export const folderNames = callTable(makeReader);
