import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { getuid, seteuid } from 'node:process';
import type { BytePath, CaptureOptions, CaptureResult } from '@triplicate/core';
import {
  type RecordedEntry,
  RecordedSnapshot,
  RecordingBuilder,
  type RecordingOptions,
} from '@triplicate/core/testing';
import type { SourceScope } from './scope.ts';

/** One byte a unit, as names are inside. */
export const bytePath = (folder: string, name: string): Buffer =>
  Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);

/** Makes files with these contents; `null` makes a folder. */
export const fill = async (
  folder: string,
  files: Readonly<Record<string, string | Uint8Array | null>>,
): Promise<void> => {
  for (const [name, content] of Object.entries(files)) {
    const parent = content === null ? name : name.slice(0, Math.max(0, name.lastIndexOf('/')));
    await mkdir(bytePath(folder, parent), { recursive: true });
    if (content !== null) await writeFile(bytePath(folder, name), content);
  }
};

export interface Captured {
  readonly snapshot: RecordedSnapshot;
  readonly builder: RecordingBuilder;
  readonly result: CaptureResult;
}

/** One whole capture of the folder by a source that is opened and closed for it. */
export const capture = async (
  scope: SourceScope,
  options: Omit<RecordingOptions, 'base'> = {},
  more: Partial<CaptureOptions> = {},
): Promise<Captured> => {
  await using source = await scope.open();
  const builder = new RecordingBuilder({ ...options, base: source.base });
  const result = await source.capture(builder, { signal: scope.signal, expect() {}, waiting() {}, ...more });
  return { builder, result, snapshot: await builder.finish() };
};

export const entryAt = ({ snapshot }: Captured, path: BytePath): RecordedEntry => {
  const entry = snapshot.entries.get(path);
  assert.ok(entry !== undefined, `nothing was put at "${path}"`);
  return entry;
};

/** The names below the folder, relative to it. */
export const namesIn = ({ snapshot }: Captured, { at }: SourceScope): string[] => {
  const prefix = at('') === '' ? '' : `${at('')}/`;
  const inside = [...snapshot.entries.keys()].filter((path) => path.startsWith(prefix) && path !== prefix.slice(0, -1));
  return inside.map((path) => path.slice(prefix.length)).toSorted();
};

/** Runs `work` as a user from whom the system can keep something; the superuser may read everything. */
export const unprivileged = async <T>({ skip }: SourceScope, work: () => Promise<T>): Promise<T> => {
  if (getuid === undefined || seteuid === undefined) return skip('this system knows no permissions of that kind');
  if (getuid() !== 0) return work();
  seteuid(65_534);
  try {
    return await work();
  } finally {
    seteuid(0);
  }
};
