import { type BytePath, type ComparedFolder, type FolderLooker, joinBytes } from '@triplicate/core';
import { localPath } from './local-path.ts';

/** Looks that threads have not answered yet; and answers that wait to be taken. */
const mostUnderway = 48;
const mostAhead = 1024;

interface Ahead {
  readonly path: BytePath;
  readonly tree: string;
}

type Look = Promise<ComparedFolder | undefined>;

/** Looks at folders ahead of where the walk is: as soon as one is compared, the folders in it that were there before are looked at too, depth first. */
export class ComparedFolders {
  readonly #looker: FolderLooker;
  readonly #looks = new Map<BytePath, Look>();
  /** The next one is the last. */
  readonly #next: Ahead[] = [];
  #underway = 0;

  constructor(looker: FolderLooker) {
    this.#looker = looker;
  }

  /** Threads are at work. */
  get isBusy(): boolean {
    return this.#underway > 0;
  }

  /** What is known of a folder, looked at now if that was not begun; `undefined` when that is nothing. Each is asked for once. */
  async take(path: BytePath, tree: string): Look {
    const compared = await (this.#looks.get(path) ?? this.#begin(this.#early(path) ?? { path, tree }));
    this.#looks.delete(path);
    this.#goOn();
    return compared;
  }

  /** Nobody asks for this folder any more. */
  drop(path: BytePath): void {
    this.#looks.delete(path);
    this.#early(path);
  }

  /** Takes what is the same in a folder as it was into the snapshot, but for what its folders hold. */
  keep(path: BytePath, compared: ComparedFolder): Promise<void> {
    return this.#looker.keep(path, compared);
  }

  /** One whose turn has not come, out of its turn; it is among the last. */
  #early(path: BytePath): Ahead | undefined {
    const index = this.#next.findLastIndex((ahead) => ahead.path === path);
    return index < 0 ? undefined : this.#next.splice(index, 1)[0];
  }

  #begin({ path, tree }: Ahead): Look {
    this.#underway += 1;
    const look = this.#looker.look({ path, localPath: localPath(path), tree });
    this.#looks.set(path, look);
    look.then(
      (compared) => this.#answered(path, compared),
      () => {
        this.#underway -= 1;
      },
    );
    return look;
  }

  #answered(path: BytePath, compared: ComparedFolder | undefined): void {
    this.#underway -= 1;
    for (const { name, tree } of compared ? foldersIn(compared).toReversed() : [])
      this.#next.push({ path: joinBytes(path, name), tree });
    this.#goOn();
  }

  #goOn(): void {
    while (this.#underway < mostUnderway && this.#looks.size < mostAhead) {
      const next = this.#next.pop();
      if (next === undefined) return;
      if (!this.#looks.has(next.path)) void this.#begin(next);
    }
  }
}

/** But those that are the same within; those whose own attributes are others will be asked for as well. */
const foldersIn = ({ folders: all, others }: ComparedFolder): readonly ComparedFolder['folders'][number][] => {
  const folders = all.filter(({ within }) => within === undefined);
  const found = others.flatMap(({ name, before }) =>
    before?.subtree === undefined ? [] : [{ name, tree: before.subtree }],
  );
  return found.length === 0 ? folders : [...folders, ...found].sort((a, b) => (a.name < b.name ? -1 : 1));
};
