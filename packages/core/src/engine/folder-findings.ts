import type { ByteName } from '../bytes.ts';
import type { Node } from '../repository/node.ts';
import type { ListPart, LookedFolder } from './messages.ts';

/** Where so many entries, and more than half of them, are not the same, who asked does as well to look at all of them. */
const someOthers = 8;

/** Where a node stands in the JSON of the tree. */
type Range = Pick<ListPart, 'from' | 'to'>;

/** Gathers what a folder holds, in byte order, while it is compared with a tree. */
export class FolderFindings {
  readonly #folders: LookedFolder['folders'][number][] = [];
  readonly #parts: { -readonly [Field in keyof ListPart]: ListPart[Field] }[] = [];
  #entries = 0;
  #others = 0;
  #gone = 0;
  #files = 0;
  #bytes = 0;

  /** It is the same, and stands in the JSON `from` here `to` there. */
  same({ name, type, size, subtree }: Node, from: number, to: number): void {
    if (type === 'dir' && subtree !== undefined) this.sameFolder(name, subtree, { from, to });
    else if (type === 'file') this.sameFile(size ?? 0, { from, to });
    else this.#stays({ from, to });
  }

  sameFolder(name: ByteName, tree: string, { from, to }: Range): void {
    this.#entries += 1;
    this.#folders.push({ name, tree, to });
    this.#parts.push({ name, tree, from, to });
  }

  sameFile(size: number, range: Range): void {
    this.#files += 1;
    this.#bytes += size;
    this.#stays(range);
  }

  other(name: ByteName, from = 0, to = 0): void {
    this.#entries += 1;
    this.#others += 1;
    this.#parts.push({ name, from, to });
  }

  /** Ranges of what follows one another become one. */
  #stays({ from, to }: Range): void {
    this.#entries += 1;
    const last = this.#parts.at(-1);
    if (last !== undefined && last.name === undefined && last.to + 1 === from) last.to = to;
    else this.#parts.push({ from, to });
  }

  gone(): void {
    this.#gone += 1;
  }

  get areMany(): boolean {
    return this.#others > someOthers && this.#others * 2 > this.#entries;
  }

  get isSame(): boolean {
    return this.#others === 0 && this.#gone === 0;
  }

  get looked(): LookedFolder {
    const found = { files: this.#files, bytes: this.#bytes, folders: this.#folders };
    return this.isSame ? found : { ...found, parts: this.#parts };
  }
}
