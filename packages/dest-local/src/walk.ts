import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isKey, type ObjectInfo, throwIfAborted } from '@triplicate/core';
import pLimit, { type LimitFunction } from 'p-limit';
import { systemCode } from './errors.ts';
import { isTemporaryName } from './temporary.ts';

interface Entry {
  readonly name: string;
  readonly folder: boolean;
  /** A link, or a folder behind one: it may be one that it stands in. */
  readonly linked: boolean;
}

/** Files are asked for their size in such groups: more at once would only queue. */
const groupSize = 64;
const foldersAhead = 8;
/** Each question keeps one of the file threads that all destinations share, for as long as the disk hangs. */
const questionsAtOnce = 4;

/**
 * Every object below `root` whose key begins with `prefix`, in the order of the keys. A file that is deleted meanwhile is left out; a
 * folder that vanishes throws ENOENT, since nothing that is well-behaved removes one. The caller looks whether the root is still there.
 */
export async function* walk(root: string, prefix: string, options: WalkOptions): AsyncIterable<ObjectInfo> {
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  yield* walkFolder({ ...options, root, prefix, ask: pLimit(questionsAtOnce), linked: false }, start);
}

export interface WalkOptions {
  readonly signal: AbortSignal;
  /** Told each folder (empty, or ending with a slash) in which something half-written stands. */
  readonly onTemporary?: (folder: string) => void;
}

interface Walk extends WalkOptions {
  readonly root: string;
  readonly prefix: string;
  readonly ask: LimitFunction;
  /** Whether the way here goes over a link. */
  readonly linked: boolean;
}

interface Begun {
  readonly entries: readonly Entry[];
  readonly first: readonly (ObjectInfo | undefined)[];
}

/** `folder` is empty, or ends with a slash. */
const begin = async (context: Walk, folder: string): Promise<Begun> => {
  const entries = await readFolder(context, folder);
  return { entries, first: await lookAt(context, folder, entries.slice(0, groupSize)) };
};

async function* walkFolder(context: Walk, folder: string, begun = begin(context, folder)): AsyncIterable<ObjectInfo> {
  const { entries, first } = await begun;
  for (let at = 0; at < entries.length; at += groupSize) {
    throwIfAborted(context.signal);
    const group = entries.slice(at, at + groupSize);
    const infos = at === 0 ? first : await lookAt(context, folder, group);
    const ahead = new Ahead(context, folder, group);
    for (const [index, entry] of group.entries()) {
      const info = infos[index];
      if (!entry.folder) {
        if (info !== undefined) yield info;
      } else if (!(entry.linked && (await leadsBack(context.root, folder, entry.name)))) {
        const inside = { ...context, linked: entry.linked };
        yield* walkFolder(inside, `${folder}${entry.name}/`, ahead.take(entry));
      }
    }
  }
}

/** A disk is asked for the next folders while one is walked. */
class Ahead {
  readonly #begun = new Map<Entry, Promise<Begun>>();
  readonly #waiting: Entry[];
  readonly #begin: (entry: Entry) => Promise<Begun>;

  constructor(context: Walk, folder: string, entries: readonly Entry[]) {
    this.#waiting = entries.filter((entry) => entry.folder && !entry.linked).toReversed();
    this.#begin = ({ name, linked }) => begin({ ...context, linked }, `${folder}${name}/`);
  }

  take(entry: Entry): Promise<Begun> {
    while (this.#begun.size < foldersAhead) {
      const next = this.#waiting.pop();
      if (!next) break;
      const begun = this.#begin(next);
      // Whoever takes it is told; when the walk ends before, nobody is.
      begun.catch(() => undefined);
      this.#begun.set(next, begun);
    }
    const begun = this.#begun.get(entry);
    this.#begun.delete(entry);
    return begun ?? this.#begin(entry);
  }
}

const readFolder = async (context: Walk, folder: string): Promise<Entry[]> => {
  const { root, prefix, linked, ask } = context;
  const dirents = await ask(() => readDirents(join(root, folder), prefix.startsWith(folder)));
  if (dirents.some(({ name }) => isTemporaryName(name))) context.onTemporary?.(folder);
  const entries = await Promise.all(dirents.map((dirent) => classify(context, folder, dirent)));
  return entries
    .filter((entry) => entry !== undefined)
    .map((entry) => ({ ...entry, linked: entry.linked || linked }))
    .filter(({ name }) => isKey(folder + name) && (folder + name).startsWith(prefix))
    .toSorted((a, b) => (sortName(a) < sortName(b) ? -1 : 1));
};

/** `a-b` sorts before everything in the folder `a`. */
const sortName = ({ name, folder }: Entry): string => (folder ? `${name}/` : name);

/** Nothing may be there yet at the place where a listing begins. */
const readDirents = async (path: string, isStart: boolean): Promise<Dirent[]> => {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    const missing = systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR';
    if (missing && isStart) return [];
    throw error;
  }
};

const classify = async ({ root, ask }: Walk, folder: string, dirent: Dirent): Promise<Entry | undefined> => {
  const { name } = dirent;
  if (dirent.isFile()) return { name, folder: false, linked: false };
  if (dirent.isDirectory()) return { name, folder: true, linked: false };
  // A link that the user made, or a file system that does not say what its entries are.
  const target = await ask(() => statOrMissing(join(root, folder, name)));
  return target?.isFile() || target?.isDirectory() ? { name, folder: target.isDirectory(), linked: true } : undefined;
};

/** Whether a folder is, by way of links, one that it stands in. */
const leadsBack = async (root: string, folder: string, name: string): Promise<boolean> => {
  const target = await stat(join(root, folder, name));
  let at = root;
  for (const part of ['', ...folder.split('/')]) {
    at = join(at, part);
    const ancestor = await stat(at);
    if (ancestor.dev === target.dev && ancestor.ino === target.ino) return true;
  }
  return false;
};

const statOrMissing = async (path: string): Promise<Stats | undefined> => {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ELOOP') return undefined;
    throw error;
  }
};

const lookAt = (context: Walk, folder: string, entries: readonly Entry[]) =>
  Promise.all(entries.map((entry) => look(context, folder + entry.name, entry)));

const look = async ({ root, ask }: Walk, key: string, entry: Entry): Promise<ObjectInfo | undefined> => {
  const file = entry.folder ? undefined : await ask(() => statOrMissing(join(root, key)));
  return file && { key, size: file.size, modified: file.mtime };
};
