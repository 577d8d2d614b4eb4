/** What a Dropbox holds: a tree whose names have no case, with a log of all that happened to it. Rules from files.stone of the API's specification. */
import { createHash, randomBytes } from 'node:crypto';
import { refuse } from './refusal.ts';

export interface StoredFile {
  readonly kind: 'file';
  readonly display: string;
  readonly id: string;
  readonly rev: string;
  readonly content: Buffer;
  readonly hash: string;
  readonly clientModified: string;
  readonly serverModified: string;
}

export interface StoredFolder {
  readonly kind: 'folder';
  readonly display: string;
  readonly id: string;
}

export type Stored = StoredFile | StoredFolder;

export interface Change {
  readonly lower: string;
  readonly display: string;
  /** `undefined` for what was deleted. */
  readonly entry: Stored | undefined;
}

export interface Commit {
  readonly path: string;
  readonly mode: string;
  /** With the mode `update`. */
  readonly rev?: string | undefined;
  readonly autorename: boolean;
  readonly strictConflict: boolean;
  readonly clientModified?: string | undefined;
}

export class Store {
  readonly entries = new Map<string, Stored>();
  /** From the oldest; a cursor is a place in it. */
  readonly log: Change[] = [];
  readonly #quotaBytes: number;
  used = 0;

  constructor(quotaBytes: number) {
    this.#quotaBytes = quotaBytes;
  }

  get allocated(): number {
    return this.#quotaBytes;
  }

  find(path: string): Stored | undefined {
    return this.entries.get(path.toLowerCase());
  }

  /** Nothing is changed when it fails. `wrap` puts the reason where the call has it. */
  write(commit: Commit, content: Buffer, wrap: (reason: object) => object): StoredFile {
    const path = this.#freePath(commit, content, wrap);
    const lower = path.toLowerCase();
    const before = this.entries.get(lower);
    if (before?.kind === 'file' && same(before, content) && commit.mode !== 'update' && !commit.strictConflict)
      return before;
    const growth = content.byteLength - (before?.kind === 'file' ? before.content.byteLength : 0);
    if (this.used + growth > this.#quotaBytes) throw refuse(wrap({ '.tag': 'insufficient_space' }));
    this.#makeParents(path, wrap);
    const now = wholeSecond();
    const file: StoredFile = {
      kind: 'file',
      // The case of the first one stays, and that of the folders is theirs.
      display: before?.display ?? this.#displayOf(path),
      id: before?.id ?? newId(),
      rev: newRev(),
      content,
      hash: contentHashOf(content),
      clientModified: commit.clientModified ?? now,
      serverModified: now,
    };
    this.used += growth;
    this.#put(lower, file);
    return file;
  }

  makeFolder(path: string, wrap: (reason: object) => object): StoredFolder {
    checkName(path, wrap);
    const before = this.find(path);
    if (before !== undefined) throw refuse(wrap({ '.tag': 'conflict', conflict: { '.tag': before.kind } }));
    this.#makeParents(path, wrap);
    const folder: StoredFolder = { kind: 'folder', display: this.#displayOf(path), id: newId() };
    this.#put(path.toLowerCase(), folder);
    return folder;
  }

  /** A folder goes with all that is in it, and the log tells of the folder alone. */
  remove(path: string): void {
    const lower = path.toLowerCase();
    const entry = this.entries.get(lower);
    if (entry === undefined) return;
    for (const key of this.entries.keys()) {
      const inside = this.entries.get(key);
      if (key !== lower && !key.startsWith(`${lower}/`)) continue;
      if (inside?.kind === 'file') this.used -= inside.content.byteLength;
      this.entries.delete(key);
    }
    this.log.push({ lower, display: entry.display, entry: undefined });
  }

  /** Below a folder, itself not. */
  below(path: string, recursive: boolean): Change[] {
    const start = `${path.toLowerCase()}/`;
    return [...this.entries]
      .filter(([lower]) => lower.startsWith(start) && (recursive || !lower.slice(start.length).includes('/')))
      .map(([lower, entry]) => ({ lower, display: entry.display, entry }));
  }

  #freePath(
    { autorename, mode, path, rev, strictConflict }: Commit,
    content: Buffer,
    wrap: (reason: object) => object,
  ): string {
    checkName(path, wrap);
    const before = this.find(path);
    if (before === undefined) return path;
    const kind = before.kind;
    const allowed =
      kind === 'file' &&
      (mode === 'overwrite' ||
        (mode === 'update' && before.rev === rev) ||
        (mode === 'add' && !strictConflict && same(before, content)));
    if (allowed) return path;
    if (!autorename) throw refuse(wrap({ '.tag': 'conflict', conflict: { '.tag': kind } }));
    for (let i = 1; ; i += 1) {
      const next = path.replace(/(\.[^./]*)?$/, ` (${i})$1`);
      if (this.find(next) === undefined) return next;
    }
  }

  #makeParents(path: string, wrap: (reason: object) => object): void {
    const parts = path.split('/').slice(1, -1);
    for (let i = 1; i <= parts.length; i += 1) {
      const folder = `/${parts.slice(0, i).join('/')}`;
      const there = this.find(folder);
      if (there?.kind === 'file') {
        throw refuse(wrap({ '.tag': 'conflict', conflict: { '.tag': 'file_ancestor' } }));
      }
      if (there === undefined)
        this.#put(folder.toLowerCase(), { kind: 'folder', display: this.#displayOf(folder), id: newId() });
    }
  }

  #displayOf(path: string): string {
    const slash = path.lastIndexOf('/');
    const parent = path.slice(0, slash);
    return `${parent === '' ? '' : (this.find(parent)?.display ?? parent)}${path.slice(slash)}`;
  }

  #put(lower: string, entry: Stored): void {
    this.entries.set(lower, entry);
    this.log.push({ lower, display: entry.display, entry });
  }
}

const same = (file: StoredFile, content: Buffer): boolean => file.content.equals(content);
const newId = (): string => `id:${randomBytes(16).toString('base64url')}`;
const newRev = (): string => randomBytes(12).toString('hex').slice(0, 23);
/** Times have no parts of a second: DropboxTimestamp in common.stone. */
const wholeSecond = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

const blockSize = 4 * 1024 * 1024;
/** https://www.dropbox.com/developers/reference/content-hash */
export const contentHashOf = (content: Buffer): string => {
  const whole = createHash('sha256');
  for (let at = 0; at < content.byteLength; at += blockSize) {
    whole.update(
      createHash('sha256')
        .update(content.subarray(at, at + blockSize))
        .digest(),
    );
  }
  return whole.digest('hex');
};

/** https://help.dropbox.com/organize/file-names */
const disallowed = /^(desktop\.ini|thumbs\.db|\.ds_store|icon\r|\.dropbox|\.dropbox\.attr|\.dropbox\.cache)$/i;
const checkName = (path: string, wrap: (reason: object) => object): void => {
  const parts = path.split('/').slice(1);
  if (
    !path.startsWith('/') ||
    parts.some((part) => part === '' || part === '.' || part === '..' || part.length > 255)
  ) {
    throw refuse(wrap({ '.tag': 'malformed_path' }));
  }
  if (parts.some((part) => disallowed.test(part))) throw refuse(wrap({ '.tag': 'disallowed_name' }));
};
