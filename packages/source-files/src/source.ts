import {
  BackupError,
  type BytePath,
  bytesFromText,
  type CaptureOptions,
  type CaptureResult,
  type Log,
  type LookRules,
  posixLimits,
  type SnapshotBuilder,
  type Source,
  type SourcePart,
  toBackupError,
} from '@triplicate/core';
import { constants, lstatSync } from 'node:fs';
import { access, lstat, opendir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { Capture } from './capture.ts';
import { EntryDescriber } from './entry-info.ts';
import { estimate } from './estimate.ts';
import { fsPath, treePath } from './local-path.ts';
import { cacheTag } from './markers.ts';
import type { FilesOptions } from './options.ts';
import { rootTree } from './roots.ts';
import { Selection, type SelectionOptions } from './selection.ts';
import { Walk } from './walk.ts';

export interface FilesSourceParts {
  /** Absolute. */
  readonly paths: readonly string[];
  readonly selection: SelectionOptions;
  readonly options: FilesOptions;
  readonly log: Log;
}

const correctPaths = 'Correct "paths" of this source, or mount the disk that they are on.';

const lookAt = async (text: string): Promise<SourcePart> => {
  const path = fsPath(treePath(text));
  try {
    const stat = await lstat(path);
    // Of a link the link itself is saved, wherever it leads.
    if (stat.isFile()) await access(path, constants.R_OK);
    if (!stat.isDirectory()) return { what: text };
    await access(path, constants.R_OK | constants.X_OK);
    return (await isEmpty(path)) ? { what: text, isEmpty: true } : { what: text };
  } catch (error) {
    const { code, message, context } = toBackupError(error, 'IO', `"${text}"`);
    return { what: text, error: new BackupError(code, message, { hint: correctPaths, context, cause: error }) };
  }
};

const isEmpty = async (path: Buffer | string): Promise<boolean> => {
  await using folder = await opendir(path);
  return (await folder.read()) === null;
};

/** Folders and files of this machine. */
export class FilesSource implements Source {
  readonly label: string;
  readonly identity: Source['identity'];
  readonly base = 'empty';
  readonly #parts: FilesSourceParts;

  constructor(parts: FilesSourceParts) {
    const excludes = parts.selection.patterns;
    this.#parts = parts;
    this.label = parts.paths.join(', ');
    this.identity = { host: hostname(), paths: parts.paths, ...(excludes.length > 0 ? { excludes } : undefined) };
  }

  async capture(builder: SnapshotBuilder, options: CaptureOptions): Promise<CaptureResult> {
    const { oneFileSystem = false, atime = false, ignoreInode = false, ignoreCtime = false } = this.#parts.options;
    const roots = rootTree(this.#present(builder));
    for (const limit of posixLimits('saving')) this.#parts.log.warn(limit);
    // Each walk has a selection of its own: what that remembers follows one walk.
    const walk = (): Walk => new Walk({ roots, oneFileSystem, selection: new Selection(this.#parts.selection) });
    const describer = new EntryDescriber({ atime, unreadable: (path, error) => builder.unreadable(path, error) });
    const changes = { atime, ignoreInode, ignoreCtime };
    const rules = this.#lookRules();
    const capture = new Capture({ builder, describer, walk: walk(), rules, ...changes });
    const ahead = new AbortController();
    // An estimate that fails says nothing more; what is wrong is told by the capture.
    const estimated = estimate(walk(), {
      signal: ahead.signal,
      expect: options.expect,
      hold: () => capture.isLooking,
    }).catch(() => false);
    try {
      const found = await capture.run(options);
      // It may be done before the estimate had a turn, while all that it found still waits to be read and stored.
      ahead.abort();
      if (!(await estimated)) options.expect(found);
    } finally {
      ahead.abort();
      await estimated;
    }
    return {};
  }

  #lookRules(): LookRules {
    const { patterns, home, base, excludeLargerThan, ignoreFiles, ...folders } = this.#parts.selection;
    const { oneFileSystem = false } = this.#parts.options;
    const tag = folders.excludeCaches ? [cacheTag] : [];
    const marks = [...ignoreFiles, ...folders.excludeIfPresent].map(bytesFromText);
    return { patterns, home, base, excludeLargerThan, oneFileSystem, marks: [...marks, ...tag] };
  }

  lookAtParts(): Promise<readonly SourcePart[]> {
    return Promise.all(this.#parts.paths.map(lookAt));
  }

  /** Where the paths that are there stand in the tree; a missing one is reported, and the source fails when none is left. */
  #present(builder: SnapshotBuilder): BytePath[] {
    const selection = new Selection(this.#parts.selection);
    const found: BytePath[] = [];
    const missing: { readonly path: BytePath; readonly text: string; readonly failure: BackupError }[] = [];
    for (const text of this.#parts.paths) {
      const path = treePath(text);
      try {
        const stat = lstatSync(fsPath(path));
        if (stat.isSymbolicLink())
          this.#parts.log.warn(`"${text}" is a symbolic link: the link is saved, not what it points at`);
        if (path !== '' && selection.isExcludedByPattern(path, stat.isDirectory()))
          this.#parts.log.warn(`"${text}" is left out by an exclude pattern`);
        else found.push(path);
      } catch (error) {
        missing.push({ path, text, failure: toBackupError(error, 'IO') });
      }
    }
    if (found.length > 0) {
      for (const { path, failure } of missing) builder.unreadable(path, failure);
      return found;
    }
    const [first] = missing;
    if (first === undefined)
      throw new BackupError('CONFIG_INVALID', 'every path is left out by an exclude pattern', {
        hint: 'Correct "exclude".',
      });
    const { code, context } = first.failure;
    const what = missing.map(({ text, failure }) => `"${text}": ${failure.message}`).join(', ');
    throw new BackupError(code, what, { hint: correctPaths, context, cause: first.failure });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
