import { BackupError, type Clock } from '@triplicate/core';
import { folderType } from './drive-file.ts';
import { type Drive, inFolders } from './drive.ts';
import type { Recent } from './recent.ts';

export interface FolderTreeOptions {
  readonly drive: Drive;
  /** Id of the folder, or shared drive, or `root`, where the path below begins. */
  readonly top: string;
  /** Names of the folders from there to where keys begin. */
  readonly base: readonly string[];
  readonly clock: Clock;
  /** So long may what is known of folders be old. */
  readonly listLagMs: number;
  /** Of the process before. */
  readonly recent: Recent;
}

interface LookOptions {
  /** Not from what is known. */
  readonly fresh?: boolean;
  /** As a part of a listing, of which single requests are made again. */
  readonly patient?: boolean;
}

interface Level {
  readonly until: number;
  readonly folders: Promise<ReadonlyMap<string, readonly string[]>>;
}

/** For all who wait for it, so no signal of one of them ends it. */
const patienceMs = 120_000;
const oneDayMs = 86_400_000;

/**
 * The folders behind the keys. Drive lets several folders of one name stand side by side, e.g. when two machines made one at the same
 * time: all of them together are the folder.
 */
export class FolderTree {
  readonly #options: FolderTreeOptions;
  readonly #levels = new Map<string, Level>();
  /** What this process made; a listing may not show it yet. */
  readonly #made = new Map<string, { readonly id: string; readonly made: number }[]>();
  /** Ids of folders that were asked for without an answer: another folder of the name would be a twin. */
  readonly #begun = new Map<string, string>();
  readonly #making = new Map<string, Promise<readonly string[]>>();

  constructor(options: FolderTreeOptions) {
    this.#options = options;
    const oldest = options.clock.now().getTime() - oneDayMs;
    for (const { id, made, path } of options.recent.folders) if (made > oldest) this.#remember(path, id, made);
  }

  /** What a listing may not show yet, for the process that comes after this one. */
  recent(): Recent['folders'] {
    return [...this.#made].flatMap(([path, folders]) => folders.map(({ id, made }) => ({ path, id, made })));
  }

  /** Ids of the folder of keys (`''` for the top of them), none when it is not there. */
  async find(folder: string, how: LookOptions = {}): Promise<readonly string[]> {
    let ids: readonly string[] = [this.#options.top];
    let path = '';
    for (const name of this.#names(folder)) {
      ids = await this.#below(path, ids, name, how);
      path = `${path}/${name}`;
      if (ids.length === 0) return [];
    }
    return ids;
  }

  /** The id of the folder, which is made when it is not there, with those above it. */
  async ensure(folder: string): Promise<string> {
    const [known] = await this.find(folder);
    if (known !== undefined) return known;
    const [made = ''] = await this.#make(this.#names(folder));
    return made;
  }

  /** Who needs a folder that is being made waits for it; folders of other names are made meanwhile. */
  #make(names: readonly string[]): Promise<readonly string[]> {
    const path = names.map((name) => `/${name}`).join('');
    const before = this.#making.get(path);
    if (before !== undefined) return before;
    const made = this.#makeOne(names, path).finally(() => this.#making.delete(path));
    this.#making.set(path, made);
    return made;
  }

  async #makeOne(names: readonly string[], path: string): Promise<readonly string[]> {
    const name = names.at(-1);
    if (name === undefined) return [this.#options.top];
    const above = names.slice(0, -1);
    const ids = await this.#make(above);
    const there = await this.#below(above.map((part) => `/${part}`).join(''), ids, name, {});
    return there.length > 0 ? there : [await this.#create(path, name, ids[0] ?? '')];
  }

  async #below(path: string, ids: readonly string[], name: string, how: LookOptions): Promise<readonly string[]> {
    const level = await this.#level(path, ids, how);
    return [...new Set([...(level.get(name) ?? []), ...(this.#made.get(`${path}/${name}`) ?? []).map(({ id }) => id)])];
  }

  async #create(path: string, name: string, parent: string): Promise<string> {
    const { drive } = this.#options;
    const signal = AbortSignal.timeout(patienceMs);
    const id = this.#begun.get(path) ?? (await drive.newId(signal));
    this.#begun.set(path, id);
    await drive.makeFolder({ id, name, parent }, signal);
    this.#begun.delete(path);
    this.#remember(path, id, this.#options.clock.now().getTime());
    return id;
  }

  #remember(path: string, id: string, made: number): void {
    this.#made.set(path, [...(this.#made.get(path) ?? []), { id, made }]);
  }

  /** Somebody removed folders that were known: everything is looked up anew. */
  forget(): void {
    this.#levels.clear();
    this.#made.clear();
    this.#begun.clear();
  }

  #names(folder: string): readonly string[] {
    return [...this.#options.base, ...(folder === '' ? [] : folder.split('/'))];
  }

  async #level(
    path: string,
    ids: readonly string[],
    { fresh = false, patient = false }: LookOptions,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const { clock, listLagMs } = this.#options;
    const now = clock.now().getTime();
    const known = this.#levels.get(path);
    if (!fresh && known !== undefined && known.until > now) return known.folders;
    const level = { until: now + listLagMs, folders: this.#read(ids, patient ? clock : undefined) };
    this.#levels.set(path, level);
    level.folders.catch(() => {
      if (this.#levels.get(path) === level) this.#levels.delete(path);
    });
    return level.folders;
  }

  async #read(ids: readonly string[], patience: Clock | undefined): Promise<ReadonlyMap<string, readonly string[]>> {
    const folders = new Map<string, string[]>();
    const q = `${inFolders(ids)} and mimeType = '${folderType}'`;
    for await (const { id, isFolder, name } of this.#options.drive.find(q, {
      signal: AbortSignal.timeout(patienceMs),
      patience,
    })) {
      if (!isFolder) throw new BackupError('UNAVAILABLE', 'Google lists something else than was asked for');
      folders.set(name, [...(folders.get(name) ?? []), id].toSorted());
    }
    return folders;
  }
}
