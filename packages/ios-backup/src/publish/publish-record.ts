import { appendFile, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isBackupError, toBackupError } from '@triplicate/core';

/** The record of what we wrote into a folder; it stands in the folder itself. */
export const recordFile = '.triplicate-published';
const format = 'triplicate-publish/1';

/** A file that we wrote, as it was when it was whole. */
export interface PublishedFile {
  readonly path: string;
  /** What it belongs to, e.g. `photos`. */
  readonly kind: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** SHA-256 in hex. */
  readonly hash: string;
  /** What it was made from; it is not made anew while that stays. */
  readonly identity?: string | undefined;
}

/**
 * Which files of a folder are ours. A line is added before a file is moved to its place, so that one that a killed run left is known as
 * ours too; a path may have several lines until the run is over.
 */
export class PublishRecord {
  readonly #root: string;
  readonly #files = new Map<string, PublishedFile[]>();
  /** Made when the folder was published to for the first time. */
  readonly id: string;

  private constructor(root: string, id: string) {
    this.#root = root;
    this.id = id;
  }

  /** What the folder's record says; lines that are damaged are passed over, and their files count as somebody else's. */
  static async open(root: string, newId: string): Promise<PublishRecord> {
    const text = await readRecord(join(root, recordFile));
    const [head, ...lines] = (text ?? '').split('\n');
    const known = parse(head);
    const isOurs = known?.['format'] === format && typeof known['id'] === 'string';
    const record = new PublishRecord(root, isOurs ? String(known['id']) : newId);
    for (const line of lines) {
      const file = parse(line);
      if (isFile(file)) record.#remember(file);
    }
    if (!isOurs) await record.save();
    return record;
  }

  /** The id of a folder's record; `undefined` when it has none. */
  static async idOf(root: string): Promise<string | undefined> {
    const text = await readRecord(join(root, recordFile));
    const head = parse(text?.split('\n', 1)[0]);
    return head?.['format'] === format && typeof head['id'] === 'string' ? head['id'] : undefined;
  }

  /** All that may stand at `path` and is ours, the newest last. */
  of(path: string): readonly PublishedFile[] {
    return this.#files.get(path) ?? [];
  }

  /** Paths of one kind that are ours. */
  paths(kind: string): string[] {
    return [...this.#files].filter(([, files]) => files.at(-1)?.kind === kind).map(([path]) => path);
  }

  /** Before the file is moved to its place. */
  async add(file: PublishedFile): Promise<void> {
    this.#remember(file);
    await appendFile(join(this.#root, recordFile), `${JSON.stringify(file)}\n`);
  }

  forget(path: string): void {
    this.#files.delete(path);
  }

  /** One line for each file. */
  async save(): Promise<void> {
    const place = join(this.#root, recordFile);
    const lines = [JSON.stringify({ format, id: this.id })];
    for (const [path, files] of this.#files) {
      const last = files.at(-1);
      if (last === undefined) continue;
      this.#files.set(path, [last]);
      lines.push(JSON.stringify(last));
    }
    try {
      {
        await using handle = await open(`${place}.new`, 'w');
        await handle.writeFile(`${lines.join('\n')}\n`);
      }
      await rename(`${place}.new`, place);
    } catch (error) {
      throw toBackupError(error, 'IO', recordFile);
    }
  }

  #remember(file: PublishedFile): void {
    this.#files.set(file.path, [...this.of(file.path), file]);
  }
}

const readRecord = async (place: string): Promise<string | undefined> => {
  try {
    return await readFile(place, 'utf8');
  } catch (error) {
    const said = toBackupError(error, 'IO', recordFile);
    if (isBackupError(said, 'NOT_FOUND')) return undefined;
    throw said;
  }
};

const parse = (line: string | undefined): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(line ?? '');
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
};

/** Whoever may write into the folder may write the record: a path in it can never lead out. */
const isFile = (
  value: Readonly<Record<string, unknown>> | undefined,
): value is PublishedFile & Record<string, unknown> => {
  if (value === undefined) return false;
  const { path, kind, size, mtimeMs, hash, identity } = value;
  const isPath = typeof path === 'string' && !path.includes('\0') && !path.includes('\\');
  return (
    isPath &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..') &&
    typeof kind === 'string' &&
    typeof size === 'number' &&
    typeof mtimeMs === 'number' &&
    typeof hash === 'string' &&
    (identity === undefined || typeof identity === 'string')
  );
};
