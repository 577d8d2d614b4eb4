import {
  BackupError,
  type BytePath,
  type CaptureOptions,
  type CaptureResult,
  type Log,
  posixLimits,
  type SnapshotBuilder,
  type Source,
  toBackupError,
} from '@triplicate/core';
import { lstatSync } from 'node:fs';
import { hostname } from 'node:os';
import { Capture } from './capture.ts';
import { EntryDescriber } from './entry-info.ts';
import { estimate } from './estimate.ts';
import { fsPath, treePath } from './local-path.ts';
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
    const ahead = new AbortController();
    // An estimate that fails says nothing more; what is wrong is told by the capture.
    const estimated = estimate(walk(), { signal: ahead.signal, expect: options.expect }).catch(() => undefined);
    try {
      await new Capture({ builder, describer, atime, ignoreInode, ignoreCtime }).run(walk(), options);
    } finally {
      ahead.abort();
      await estimated;
    }
    return {};
  }

  /** Where the paths that are there stand in the tree; a missing one is reported, and the source fails when none is left. */
  #present(builder: SnapshotBuilder): BytePath[] {
    const selection = new Selection(this.#parts.selection);
    const found: BytePath[] = [];
    let first: BackupError | undefined;
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
        const failure = toBackupError(error, 'IO', `"${text}"`);
        first ??= failure;
        builder.unreadable(path, failure);
      }
    }
    if (found.length > 0) return found;
    throw (
      first ??
      new BackupError('CONFIG_INVALID', 'every path is left out by an exclude pattern', { hint: 'Correct "exclude".' })
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
