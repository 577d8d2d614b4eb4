import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const fileSchema = z.object({
  id: z.string(),
  name: z.string(),
  size: z.number(),
  sha256: z.string().optional(),
  modified: z.number(),
});

const recentSchema = z.object({
  version: z.literal(1),
  /** The place that all of it is about. */
  label: z.string(),
  /** Objects, and until when a listing may not show them; milliseconds since 1970. */
  files: z.array(z.object({ key: z.string(), file: fileSchema, until: z.number() })),
  /** Folders that were made, by their paths. */
  folders: z.array(z.object({ path: z.string(), id: z.string(), made: z.number() })),
});

/**
 * What a process of this machine wrote a moment ago, for the one that comes after it: a listing may not show it yet, and the next process would
 * find no repository, or make folders a second time.
 */
export type Recent = z.infer<typeof recentSchema>;

const fileIn = (folder: string): string => join(folder, 'recent.json');

/** Nothing where there is nothing of use. */
export const readRecent = async (folder: string, label: string): Promise<Recent> => {
  const none: Recent = { version: 1, label, files: [], folders: [] };
  try {
    const { data } = recentSchema.safeParse(JSON.parse(await readFile(fileIn(folder), 'utf8')));
    return data?.label === label ? data : none;
  } catch {
    return none;
  }
};

/** Nothing that fails here matters: listings will show it all in time. */
export const writeRecent = async (folder: string, recent: Recent): Promise<void> => {
  const temporary = `${fileIn(folder)}.${randomUUID()}.tmp`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(temporary, JSON.stringify(recent), { mode: 0o600 });
    await rename(temporary, fileIn(folder));
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
};
