/** list_folder and its cursors: first what stands there, then what happened since, until nothing is left to tell. */
import { randomBytes } from 'node:crypto';
import type { files } from 'dropbox';
import { metadata } from './answers.ts';
import { refuse, tooMany } from './refusal.ts';
import type { Change, Store } from './store.ts';

interface Cursor {
  readonly path: string;
  readonly recursive: boolean;
  readonly limit: number;
  readonly standing: readonly Change[];
  /** How much of the log was told. */
  readonly told: number;
}

export interface ListingsOptions {
  readonly store: Store;
  /** Dropbox gives pages of a size that it likes. */
  readonly mostEntries: number;
  /** A listing shows what was written so many milliseconds ago, as if it came from a server that is behind. */
  readonly lagMs: () => number;
}

export class Listings {
  readonly #options: ListingsOptions;
  readonly #cursors = new Map<string, Cursor>();
  readonly #hidden = new Map<string, number>();
  #running = new Map<string, number>();

  constructor(options: ListingsOptions) {
    this.#options = options;
  }

  /** Every cursor is worth nothing from now on: ListFolderContinueError.reset. */
  reset(): void {
    this.#cursors.clear();
  }

  /** A write that listings do not show yet. */
  wrote(lower: string): void {
    const lag = this.#options.lagMs();
    if (lag > 0) this.#hidden.set(lower, performance.now() + lag);
  }

  start({ limit = 2000, path, recursive = false }: files.ListFolderArg): files.ListFolderResult {
    const { mostEntries, store } = this.#options;
    const found = path === '' ? undefined : store.find(path);
    if (path !== '' && found?.kind !== 'folder') {
      const reason = found === undefined ? 'not_found' : 'not_folder';
      throw refuse({ '.tag': 'path', path: { '.tag': reason } });
    }
    const standing = store.below(path, recursive);
    // A recursive listing names the folder itself too.
    if (recursive && found !== undefined)
      standing.unshift({ lower: path.toLowerCase(), display: found.display, entry: found });
    const shown = standing.filter(({ lower }) => !this.#isHidden(lower));
    return this.#page({
      path,
      recursive,
      limit: Math.min(limit, mostEntries),
      standing: shown,
      told: store.log.length,
    });
  }

  continue(cursor: string): files.ListFolderResult {
    const known = this.#cursors.get(cursor);
    if (known === undefined) throw refuse({ '.tag': 'reset' });
    return this.#page(known);
  }

  /** https://www.dropbox.com/developers/documentation/http/documentation#files-list_folder: no two equal calls at one time. */
  async once(call: string, work: () => Promise<files.ListFolderResult>): Promise<files.ListFolderResult> {
    const running = this.#running.get(call) ?? 0;
    if (running >= 4) throw tooMany('too_many_requests', 1);
    this.#running.set(call, running + 1);
    try {
      return await work();
    } finally {
      this.#running.set(call, (this.#running.get(call) ?? 1) - 1);
    }
  }

  #page(at: Cursor): files.ListFolderResult {
    const { log } = this.#options.store;
    const standing = at.standing.slice(0, at.limit);
    const rest = at.standing.slice(at.limit);
    const room = at.limit - standing.length;
    // What was told to be standing and is gone meanwhile is told of again, as gone.
    const happened = rest.length === 0 ? log.slice(at.told, at.told + room) : [];
    const told = at.told + happened.length;
    const next = { ...at, standing: rest, told };
    const cursor = `AA${randomBytes(24).toString('base64url')}`;
    this.#cursors.set(cursor, next);
    const seen = happened.filter(({ lower }) => this.#covers(at, lower) && !this.#isHidden(lower));
    return {
      entries: [...standing, ...seen].map(metadata),
      cursor,
      has_more: rest.length > 0 || told < log.length,
    };
  }

  #covers({ path, recursive }: Cursor, lower: string): boolean {
    const start = `${path.toLowerCase()}/`;
    return lower.startsWith(start) && (recursive || !lower.slice(start.length).includes('/'));
  }

  #isHidden(lower: string): boolean {
    return (this.#hidden.get(lower) ?? 0) > performance.now();
  }
}
