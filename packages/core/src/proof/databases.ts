/** SQLite files that were restored: whether they open, and whether a phone's Manifest names only what is there. */
import { open } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';

const magic = 'SQLite format 3\0';

export const isDatabase = async (file: string): Promise<boolean> => {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(magic.length), 0, magic.length, 0);
    return bytesRead === magic.length && buffer.toString('latin1') === magic;
  } finally {
    await handle.close();
  }
};

/** What SQLite itself says against it. A database that was being written has its log beside it, which is not restored here. */
export const databaseProblem = (file: string): string | undefined => {
  try {
    using database = opened(file);
    const [first] = database.prepare('pragma quick_check(1)').all();
    const said = String(Object.values(first ?? {})[0] ?? 'nothing');
    return said === 'ok' ? undefined : `SQLite says: ${said}`;
  } catch (error) {
    return `SQLite cannot open it: ${(error as Error).message}`;
  }
};

/** Ids of the files that a Manifest of an unencrypted backup names, in no order. */
export const namedFiles = (manifest: string): string[] => {
  using database = opened(manifest);
  return database
    .prepare('select fileID from Files where flags = 1')
    .all()
    .map((row) => String(row['fileID']));
};

const opened = (file: string): DatabaseSync & Disposable => {
  const database = new DatabaseSync(file, { readOnly: true });
  return Object.assign(database, { [Symbol.dispose]: () => database.close() });
};
