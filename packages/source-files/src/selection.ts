import {
  type ByteName,
  type BytePath,
  bytesFromText,
  fileRules,
  joinBytes,
  type PathRules,
  searchRules,
} from '@triplicate/core';
import type { BigIntStats } from 'node:fs';
import { cacheTag, hasName, isCacheTag, readHead } from './markers.ts';
import { fsPath } from './local-path.ts';

export interface SelectionOptions {
  readonly patterns: readonly string[];
  readonly home: string;
  readonly base: string;
  readonly ignoreFiles: readonly string[];
  readonly excludeCaches: boolean;
  readonly excludeIfPresent: readonly string[];
  readonly excludeLargerThan: number | undefined;
}

/** The rules of a file like `.gitignore`, which count from the folder it stands in. */
export interface FolderRules {
  readonly folder: BytePath;
  readonly rules: PathRules;
}

/** No file of patterns that a person wrote is larger. */
const largestIgnoreFile = 1024 * 1024;

/** What of the configured paths is left out. It remembers what it judged, so each walk has its own. */
export class Selection {
  readonly #patterns: PathRules | undefined;
  readonly #ignoreFiles: readonly ByteName[];
  readonly #markers: readonly ByteName[];
  readonly #excludeCaches: boolean;
  readonly #largest: bigint | undefined;

  constructor(options: SelectionOptions) {
    this.#patterns = searchRules(options.patterns, options);
    this.#ignoreFiles = options.ignoreFiles.map(bytesFromText);
    this.#markers = options.excludeIfPresent.map(bytesFromText);
    this.#excludeCaches = options.excludeCaches;
    this.#largest = options.excludeLargerThan === undefined ? undefined : BigInt(options.excludeLargerThan);
  }

  /** Whether the patterns of the configuration leave this path out, or a folder above it. */
  isExcludedByPattern(path: BytePath, isFolder: boolean): boolean {
    return this.#patterns?.judge(path, isFolder) === 'excluded';
  }

  excludes(path: BytePath, stat: BigIntStats, inner: readonly FolderRules[]): boolean {
    const isFolder = stat.isDirectory();
    if (this.isExcludedByPattern(path, isFolder)) return true;
    if (this.#largest !== undefined && stat.size > this.#largest && stat.isFile()) return true;
    return isIgnored(path, isFolder, inner);
  }

  /** Of the sorted names in a folder, those that are kept though the folder is marked as one to leave out; `undefined` when it is not. */
  keptOfMarked(folder: BytePath, names: readonly ByteName[]): readonly ByteName[] | undefined {
    if (this.#excludeCaches && hasName(names, cacheTag) && isCacheTag(fsPath(joinBytes(folder, cacheTag))))
      return [cacheTag];
    const markers = this.#markers.filter((marker) => hasName(names, marker));
    return markers.length === 0 ? undefined : markers;
  }

  /** The rules that hold inside `folder`, the innermost last. */
  rulesInside(folder: BytePath, names: readonly ByteName[], outer: readonly FolderRules[]): readonly FolderRules[] {
    const found = this.#ignoreFiles.filter((name) => hasName(names, name));
    const read = found.map((name) => readHead(fsPath(joinBytes(folder, name)), largestIgnoreFile));
    const added = read.flatMap((content) => (content ? [{ folder, rules: fileRules(content.toString('utf8')) }] : []));
    return added.length === 0 ? outer : [...outer, ...added];
  }
}

/** The innermost file that says anything about a path decides. */
const isIgnored = (path: BytePath, isFolder: boolean, inner: readonly FolderRules[]): boolean => {
  for (let i = inner.length - 1; i >= 0; i -= 1) {
    const { folder, rules } = inner[i] as FolderRules;
    const inside = (folder === '' ? path : path.slice(folder.length + 1)) as BytePath;
    const verdict = rules.judge(inside, isFolder);
    if (verdict !== 'undecided') return verdict === 'excluded';
  }
  return false;
};
