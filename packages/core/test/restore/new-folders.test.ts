import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { BatchReport, FileThreads } from '../../src/restore/file-batch.ts';
import { temporaryFolder } from '../posix/temporary.ts';
import { restore, text } from './kit.ts';
import { file, folder } from './memory-snapshot.ts';

const nothing = { files: 0, bytes: 0, skipped: 0, lost: { owners: 0, attributes: 0, modes: 0 } };

it('tells threads which files come first under their names: those of folders that the restore has made, and no others', async () => {
  using temporary = temporaryFolder();
  mkdirSync(temporary.at('root/stood'), { recursive: true });
  const isFirst = new Map<string, boolean>();
  const threads: FileThreads = {
    atOnce: 1,
    mostBytes: 1024,
    locate: () => ({ bytes: 0 }),
    restore: async (files): Promise<BatchReport> => {
      for (const { file: one } of files) isFirst.set(one.path, one.isFirst);
      return { ...nothing, problems: [], changes: [], again: [...files.keys()] };
    },
  };
  const spec = {
    made: folder({ a: file('a'), sub: folder({ b: file('b') }) }),
    stood: folder({ c: file('c') }),
    top: file('d'),
  };
  const report = await restore(spec, temporary.at('root'), { threads });
  expect(Object.fromEntries(isFirst)).toEqual({ 'made/a': true, 'made/sub/b': true, 'stood/c': false, top: false });
  expect([report.files, text(temporary.at('root/made/sub/b'))]).toEqual([4, 'b']);
});
