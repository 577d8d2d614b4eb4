import type { ByteName, BytePath } from '../bytes.ts';
import type { EntryInfo } from '../source/source.ts';
import { buildNode, type NodeStyle } from './build-node.ts';
import { comparableNodes } from './comparable-snapshot.ts';
import type { Directory, Entry, Place } from './directory.ts';
import { rootNode } from './snapshot-reader.ts';
import { nodeOf, openDirectory, refuseHostile } from './tree-entries.ts';
import { findNode, type TreeReader } from './tree-reader.ts';

export interface OpenTreeParts {
  readonly trees: TreeReader;
  readonly style: NodeStyle;
  /** Tree that shows through, and tree of the previous snapshot. */
  readonly base: string | undefined;
  readonly before: string | undefined;
}

/** The folders of a tree under construction that are still open, found by path; parents that were not put are made with default attributes. */
export class OpenTree {
  readonly root: Directory;
  readonly #trees: TreeReader;
  readonly #style: NodeStyle;
  #last: { readonly path: BytePath; readonly directory: Directory } | undefined;

  constructor({ trees, style, base, before }: OpenTreeParts) {
    this.#trees = trees;
    this.#style = style;
    this.root = openDirectory(rootNode(''), base, before);
  }

  /** What stands at a path, or above it, is another one now. */
  forget(): void {
    this.#last = undefined;
  }

  /** At once, when the folder that it stands in is open. */
  openPlace(path: BytePath): Place | undefined {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1) as ByteName;
    refuseHostile(path, name);
    const last = this.#last;
    if (last !== undefined && last.path.length === Math.max(0, slash) && path.startsWith(last.path))
      return { parent: last.directory, name };
    const folder = (slash < 0 ? '' : path.slice(0, slash)) as BytePath;
    let directory = this.root;
    for (let at = 0; at < folder.length;) {
      const end = folder.indexOf('/', at);
      const part = folder.slice(at, end < 0 ? undefined : end) as ByteName;
      const entry = directory.entries.get(part);
      if (entry?.kind !== 'directory') return undefined;
      directory = entry;
      at += part.length + 1;
    }
    this.#last = { path: folder, directory };
    return { parent: directory, name };
  }

  async place(path: BytePath): Promise<Place> {
    const open = this.openPlace(path);
    if (open) return open;
    const slash = path.lastIndexOf('/');
    const folder = (slash < 0 ? '' : path.slice(0, slash)) as BytePath;
    let directory = this.root;
    for (const part of folder.split('/') as ByteName[]) {
      refuseHostile(path, part);
      directory = await this.childDirectory(directory, part);
    }
    this.#last = { path: folder, directory };
    return { parent: directory, name: path.slice(slash + 1) as ByteName };
  }

  async childDirectory(parent: Directory, name: ByteName): Promise<Directory> {
    const entry = parent.entries.get(name);
    if (entry?.kind === 'directory') return entry;
    const trees = this.#trees;
    const before = findNode(await comparableNodes(trees, parent.before), name)?.subtree;
    const based = parent.base === undefined || entry ? undefined : findNode(await trees.read(parent.base), name);
    const stored = entry ? await nodeOf(entry) : based;
    const folder = stored?.type === 'dir' ? stored : undefined;
    const attributes = folder ?? buildNode(name, 'dir', defaultAttributes, this.#style);
    const open = openDirectory(attributes, folder?.subtree, before);
    parent.entries.set(name, open);
    return open;
  }

  async entry(path: BytePath): Promise<Entry | undefined> {
    const place = this.openPlace(path);
    const own = place?.parent.entries.get(place.name);
    if (own) return own.kind === 'removed' ? undefined : own;
    const parts = path.split('/') as ByteName[];
    let entry: Entry | undefined = this.root;
    for (const part of parts) {
      refuseHostile(path, part);
      entry = await this.#childEntry(entry, part);
      if (!entry || entry.kind === 'removed') return undefined;
    }
    return entry;
  }

  async #childEntry(entry: Entry, name: ByteName): Promise<Entry | undefined> {
    const own = entry.kind === 'directory' ? entry.entries.get(name) : undefined;
    if (own) return own;
    const base = entry.kind === 'directory' ? entry.base : (await nodeOf(entry))?.subtree;
    const node = base === undefined ? undefined : findNode(await this.#trees.read(base), name);
    return node && { kind: 'node', node, kept: true };
  }
}

const defaultAttributes: EntryInfo = { mode: 0o755, mtimeNs: 0n };
