/** What a OneDrive holds: items with ids, in folders whose names have no case. Rules from https://learn.microsoft.com/en-us/graph/api/resources/driveitem */
import { randomBytes } from 'node:crypto';
import { quickXorOf } from './quick-xor.ts';
import { invalid, notFound, Refusal } from './refusal.ts';

export interface Item {
  readonly id: string;
  readonly parent: string | undefined;
  name: string;
  eTag: string;
  readonly created: string;
  modified: string;
  /** As the client says it, in whole seconds. */
  clientModified: string | undefined;
  /** Of a folder: small letters → id. */
  readonly children: Map<string, string> | undefined;
  content: Buffer | undefined;
  hash: string | undefined;
}

export type Conflict = 'fail' | 'replace' | 'rename';

export class Tree {
  readonly items = new Map<string, Item>();
  readonly root: Item;
  readonly #quotaBytes: number;
  #appRoot: Item | undefined;
  used = 0;

  constructor(quotaBytes: number) {
    this.#quotaBytes = quotaBytes;
    this.root = this.#add(undefined, 'root', true);
  }

  get total(): number {
    return this.#quotaBytes;
  }

  /** Made when it is first asked for: https://learn.microsoft.com/en-us/graph/api/drive-get-specialfolder */
  get appRoot(): Item {
    if (this.#appRoot === undefined || !this.items.has(this.#appRoot.id)) {
      const apps = this.child(this.root, 'Apps') ?? this.#add(this.root, 'Apps', true);
      this.#appRoot = this.child(apps, 'Triplicate') ?? this.#add(apps, 'Triplicate', true);
    }
    return this.#appRoot;
  }

  child(folder: Item, name: string): Item | undefined {
    const id = folder.children?.get(name.toLowerCase());
    return id === undefined ? undefined : this.items.get(id);
  }

  find(from: Item, path: readonly string[]): Item | undefined {
    let at: Item | undefined = from;
    for (const name of path) at = at && this.child(at, name);
    return at;
  }

  /** The folder that `path` names the last part of; those that are not there are made. */
  parentFor(from: Item, path: readonly string[]): Item {
    let at = from;
    for (const name of path.slice(0, -1)) {
      checkName(name);
      const next = this.child(at, name) ?? this.#add(at, name, true);
      if (next.children === undefined) throw invalid('The parent is not a folder');
      at = next;
    }
    return at;
  }

  makeFolder(parent: Item, name: string, conflict: Conflict): Item {
    checkName(name);
    const before = this.child(parent, name);
    if (before === undefined) return this.#add(parent, name, true);
    if (conflict === 'replace' && before.children !== undefined) return before;
    throw nameExists();
  }

  /** Whether an upload may be begun: what it is checked for again at its end. */
  check(
    parent: Item,
    name: string,
    { conflict, growth }: { readonly conflict: Conflict; readonly growth: number },
  ): void {
    checkName(name);
    const before = this.child(parent, name);
    if (before !== undefined && (conflict === 'fail' || before.children !== undefined)) throw nameExists();
    if (this.used + growth - (before?.content?.byteLength ?? 0) > this.#quotaBytes) {
      throw new Refusal(507, 'quotaLimitReached', 'The storage quota has been reached');
    }
  }

  write(parent: Item, name: string, content: Buffer, conflict: Conflict): Item {
    const free = conflict === 'rename' ? this.#freeName(parent, name) : name;
    this.check(parent, free, { conflict, growth: content.byteLength });
    const item = this.child(parent, free) ?? this.#add(parent, free, false);
    this.used += content.byteLength - (item.content?.byteLength ?? 0);
    Object.assign(item, { content, hash: quickXorOf(content), ...changed() });
    return item;
  }

  /** To the recycle bin: with all that is in it. */
  remove(item: Item): void {
    for (const id of item.children?.values() ?? []) {
      const child = this.items.get(id);
      if (child !== undefined) this.remove(child);
    }
    this.items.delete(item.id);
    this.used -= item.content?.byteLength ?? 0;
    if (item.parent !== undefined) this.items.get(item.parent)?.children?.delete(item.name.toLowerCase());
  }

  byId(id: string): Item {
    const item = id === 'root' ? this.root : this.items.get(id);
    if (item === undefined) throw notFound();
    return item;
  }

  isInside(item: Item, folder: Item): boolean {
    return item === folder || (item.parent !== undefined && this.isInside(this.byId(item.parent), folder));
  }

  #freeName(parent: Item, name: string): string {
    if (this.child(parent, name) === undefined) return name;
    for (let i = 1; ; i += 1) {
      const next = name.replace(/(\.[^.]*)?$/, ` ${i}$1`);
      if (this.child(parent, next) === undefined) return next;
    }
  }

  #add(parent: Item | undefined, name: string, isFolder: boolean): Item {
    const { eTag, modified } = changed();
    const item: Item = {
      id: `BE7B!${randomBytes(9).toString('hex')}`,
      parent: parent?.id,
      name,
      eTag,
      created: modified,
      modified,
      clientModified: undefined,
      children: isFolder ? new Map() : undefined,
      content: undefined,
      hash: undefined,
    };
    this.items.set(item.id, item);
    parent?.children?.set(name.toLowerCase(), item.id);
    return item;
  }
}

const changed = (): Pick<Item, 'eTag' | 'modified'> => ({
  eTag: `"{${randomBytes(8).toString('hex')}},1"`,
  modified: new Date().toISOString(),
});

const nameExists = (): Refusal =>
  new Refusal(409, 'nameAlreadyExists', 'An item with the same name already exists under the parent');

/** https://support.microsoft.com/office/64883a5d-228e-48f5-b3d2-eb39e07630fa */
const checkName = (name: string): void => {
  const reserved = /^(\.lock|con|prn|aux|nul|com\d|lpt\d|desktop\.ini|~\$.*)$|_vti_/i;
  if (name === '' || /["*:<>?/\\|\p{Cc}]|^ |[ .]$/u.test(name) || reserved.test(name) || name.length > 255) {
    throw invalid(`The provided name cannot contain any of the reserved characters or names: ${name}`);
  }
};
