import {
  BackupError,
  type ByteName,
  type BytePath,
  joinBytes,
  systemCode,
  textFromBytes,
  toBackupError,
} from '@triplicate/core';
import { type BigIntStats, lstatSync, readdirSync, statSync } from 'node:fs';
import { fsPath } from './local-path.ts';
import type { RootTree } from './roots.ts';
import type { FolderRules, Selection } from './selection.ts';

export type Visit =
  | { readonly kind: 'entry'; readonly path: BytePath; readonly stat: BigIntStats }
  /** `plain`: all of it is walked, by the rules of the configuration alone. */
  | { readonly kind: 'folder'; readonly path: BytePath; readonly stat: BigIntStats; readonly plain: boolean }
  | { readonly kind: 'leave'; readonly path: BytePath }
  | { readonly kind: 'unreadable'; readonly path: BytePath; readonly error: BackupError };

/** A folder that is being walked. */
interface Frame {
  readonly path: BytePath;
  readonly names: readonly ByteName[];
  next: number;
  readonly roots: RootTree | undefined;
  /** Everything in it is walked, not only what leads to a configured path. */
  readonly whole: boolean;
  readonly rules: readonly FolderRules[];
  readonly device: bigint | undefined;
  /** Its names were read so long ago that one may have gone as well before that. */
  readonly mayBeGone?: boolean;
}

export interface WalkOptions {
  readonly roots: RootTree;
  readonly selection: Selection;
  readonly oneFileSystem: boolean;
}

/**
 * Visits what the configured paths hold, depth first and in byte order of the names, with the folders that lead there; each entry once.
 * No link is followed, except that a folder on the way to a configured path may be one: it is visited as the folder it points at.
 * Between two visits any time may pass.
 */
export class Walk {
  readonly #selection: Selection;
  readonly #oneFileSystem: boolean;
  readonly #roots: RootTree;
  #passed = false;

  constructor({ roots, selection, oneFileSystem }: WalkOptions) {
    this.#roots = roots;
    this.#selection = selection;
    this.#oneFileSystem = oneFileSystem;
  }

  *visits(): Generator<Visit, void, void> {
    const root: Place = {
      path: '' as BytePath,
      roots: this.#roots,
      whole: this.#roots.whole,
      rules: [],
      device: undefined,
    };
    const frames: Frame[] = [];
    yield* this.#enter(frames, root);
    yield* this.#through(frames);
  }

  /** The folder that was visited last is not entered, nor left. */
  passBy(): void {
    this.#passed = true;
  }

  /** The same of one folder that is walked by the rules of the configuration alone; `device` is that of the folder above it. */
  folder(path: BytePath, device: bigint): Generator<Visit, void, void> {
    return this.#alone(path, device, false);
  }

  /** The same of any entry that was seen some time ago: one that is gone is not visited. */
  entry(path: BytePath, device: bigint): Generator<Visit, void, void> {
    return this.#alone(path, device, true);
  }

  // oxlint-disable-next-line max-params -- see above
  *#alone(path: BytePath, device: bigint, mayBeGone: boolean): Generator<Visit, void, void> {
    const slash = path.lastIndexOf('/');
    const above = { path: path.slice(0, Math.max(0, slash)) as BytePath, roots: undefined, whole: true, rules: [] };
    const frames: Frame[] = [];
    yield* this.#visit(frames, { ...above, device, names: [], next: 0, mayBeGone }, path.slice(slash + 1) as ByteName);
    yield* this.#through(frames);
  }

  *#through(frames: Frame[]): Generator<Visit, void, void> {
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const name = frame.names[frame.next++];
      if (name !== undefined) {
        yield* this.#visit(frames, frame, name);
        continue;
      }
      frames.pop();
      if (frame.path !== '') yield { kind: 'leave', path: frame.path };
    }
  }

  *#visit(frames: Frame[], frame: Frame, name: ByteName): Generator<Visit, void, void> {
    const path = joinBytes(frame.path, name);
    const child = frame.roots?.children.get(name);
    const named = child?.whole === true;
    const whole = frame.whole || named;
    let stat: BigIntStats;
    try {
      stat = (whole ? lstatSync : statSync)(fsPath(path), { bigint: true });
    } catch (error) {
      if (!frame.mayBeGone || systemCode(error) !== 'ENOENT')
        yield { kind: 'unreadable', path, error: toBackupError(error) };
      return;
    }
    const rules = named ? [] : frame.rules;
    const excluded = whole && !named && this.#selection.excludes(path, stat, rules);
    if (excluded && (child === undefined || !stat.isDirectory())) return;
    if (!stat.isDirectory()) {
      yield { kind: 'entry', path, stat };
      if (child !== undefined && child.children.size > 0) yield { kind: 'unreadable', path, error: behindLink(path) };
      return;
    }
    const device = named || frame.device === undefined ? stat.dev : frame.device;
    const descends = whole && !excluded && (!this.#oneFileSystem || stat.dev === device);
    yield { kind: 'folder', path, stat, plain: descends && !child?.children.size && rules.length === 0 };
    if (this.#passed) {
      this.#passed = false;
      return;
    }
    yield* this.#enter(frames, {
      path,
      roots: child,
      whole: descends,
      rules,
      device: whole ? device : undefined,
    });
  }

  *#enter(frames: Frame[], place: Place): Generator<Visit, void, void> {
    const { path, roots, whole } = place;
    const named = roots === undefined ? [] : [...roots.children.keys()].sort();
    let names: readonly ByteName[] = [];
    let { rules } = place;
    if (whole)
      try {
        names = namesIn(path);
        rules = this.#selection.rulesInside(path, names, rules);
        names = this.#selection.keptOfMarked(path, names) ?? names;
      } catch (error) {
        yield { kind: 'unreadable', path, error: toBackupError(error) };
      }
    if (named.length > 0) names = [...new Set([...names, ...named])].sort();
    frames.push({ ...place, names, rules, next: 0 });
  }
}

type Place = Omit<Frame, 'names' | 'next'>;

/** The names in a folder in byte order, if it is a folder still: nothing is listed through a link that was put in its place. */
const namesIn = (path: BytePath): readonly ByteName[] => {
  const names = (readdirSync(fsPath(path), { encoding: 'latin1' }) as ByteName[]).sort();
  if (lstatSync(fsPath(path)).isDirectory()) return names;
  throw new BackupError('UNREADABLE', `"${textFromBytes(path)}" became something else while it was read`);
};

const behindLink = (path: BytePath): BackupError =>
  new BackupError('UNREADABLE', `a configured path leads through "${textFromBytes(path)}", which is not a folder`, {
    hint: 'Name the path without the symbolic link.',
  });
