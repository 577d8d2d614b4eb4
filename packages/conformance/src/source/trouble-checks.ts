import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, chmod, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isBackupError } from '@triplicate/core';
import { RecordingBuilder, seededBytes } from '@triplicate/core/testing';
import { promptly, rejectsWith } from '../destination/tools.ts';
import type { SourceCheck, SourceScope } from './scope.ts';
import { capture, entryAt, fill, namesIn, unprivileged } from './tools.ts';

/** What happens to the file `changing` just before it is read, and whether it can still be saved then. */
const changes: readonly { readonly what: string; readonly change: (path: string) => Promise<void> }[] = [
  { what: 'grows', change: (path) => appendFile(path, Buffer.alloc(100_000)) },
  { what: 'shrinks', change: (path) => truncate(path, 10) },
  { what: 'vanishes', change: (path) => rm(path) },
  { what: 'is replaced by another file', change: (path) => replace(path, (other) => writeFile(other, 'another')) },
  { what: 'is replaced by a link', change: (path) => replace(path, (other) => symlink('/etc/hostname', other)) },
];

const replace = async (path: string, make: (other: string) => Promise<void>): Promise<void> => {
  await make(`${path}.new`);
  await rename(`${path}.new`, path);
};

export const troubleChecks: readonly SourceCheck[] = [
  {
    name: 'reports what it cannot read and goes on',
    plain: 'One file that cannot be read stops the whole backup. This is a fault of the plugin.',
    async run(scope) {
      await fill(scope.folder, { 'a/file': 'x', 'closed/file': 'y', 'z/secret': 'z', 'z/file': 'w' });
      await chmod(scope.folder, 0o755);
      await chmod(join(scope.folder, 'closed'), 0);
      await chmod(join(scope.folder, 'z/secret'), 0);
      const captured = await unprivileged(scope, () => capture(scope));
      await chmod(join(scope.folder, 'closed'), 0o700);
      assert.deepEqual(
        namesIn(captured, scope).filter((name) => name.includes('/')),
        ['a/file', 'z/file'],
      );
      const { problems } = captured.builder;
      assert.deepEqual(
        problems.map(({ path }) => path).toSorted(),
        [scope.at('closed'), scope.at('z/secret')].toSorted(),
      );
      for (const { error } of problems) assert.ok(isBackupError(error) && error.code !== 'ABORTED', String(error));
    },
  },
  ...changes.map(({ change, what }): SourceCheck => ({
    name: `survives a file that ${what} while it is read`,
    plain: 'A file that changes during the backup stops it or hurts other files. This is a fault of the plugin.',
    run: (scope) => survives(scope, change),
  })),
  {
    name: 'survives a folder that vanishes meanwhile',
    plain: 'A folder that is deleted during the backup stops it. This is a fault of the plugin.',
    async run(scope) {
      await fill(scope.folder, { 'a/file': 'x', 'b/file': 'y', 'c/file': 'z' });
      await using source = await scope.open();
      class Deleting extends RecordingBuilder {
        override async putDirectory(...entry: Parameters<RecordingBuilder['putDirectory']>): Promise<void> {
          await super.putDirectory(...entry);
          if (entry[0] === scope.at('a')) await rm(join(scope.folder, 'b'), { recursive: true });
        }
      }
      const builder = new Deleting({ base: source.base });
      const result = await source.capture(builder, { signal: scope.signal, expect() {}, waiting() {} });
      const captured = { builder, result, snapshot: await builder.finish() };
      for (const name of ['a/file', 'c/file']) assert.equal(entryAt(captured, scope.at(name)).content?.length, 1);
      for (const { path } of builder.problems) assert.ok(path.startsWith(scope.at('b')), path);
    },
  },
  {
    name: 'does not hang at a pipe',
    plain: 'A named pipe in the folder makes the backup wait for ever. This is a fault of the plugin.',
    async run(scope) {
      await fill(scope.folder, { file: 'x' });
      await promisify(execFile)('mkfifo', [join(scope.folder, 'pipe')]).catch(() =>
        scope.skip('there is no mkfifo here'),
      );
      const captured = await promptly(capture(scope));
      assert.deepEqual(namesIn(captured, scope), ['file', 'pipe']);
      assert.equal(entryAt(captured, scope.at('pipe')).type, 'fifo');
    },
  },
  {
    name: 'stops when the signal fires',
    plain: 'Ctrl-C does not stop the backup. This is a fault of the plugin.',
    async run(scope) {
      const files = Array.from({ length: 400 }, (_, i) => [`d${i % 20}/${i}`, seededBytes(scope.random, 100)] as const);
      await fill(scope.folder, Object.fromEntries(files));
      await promptly(rejectsWith('ABORTED', () => capture(scope, {}, { signal: AbortSignal.abort() })));
      const controller = new AbortController();
      class Interrupting extends RecordingBuilder {
        override async endDirectory(...path: Parameters<RecordingBuilder['endDirectory']>): Promise<void> {
          controller.abort();
          return super.endDirectory(...path);
        }
      }
      await using source = await scope.open();
      const options = { signal: controller.signal, expect() {}, waiting() {} };
      await promptly(rejectsWith('ABORTED', () => source.capture(new Interrupting({ base: source.base }), options)));
    },
  },
];

const survives = async (scope: SourceScope, change: (path: string) => Promise<void>): Promise<void> => {
  await fill(scope.folder, { after: 'x', before: 'y', changing: seededBytes(scope.random, 300_000) });
  const beforeRead = async (path: string): Promise<void> => {
    if (path === scope.at('changing')) await change(join(scope.folder, 'changing'));
  };
  const captured = await capture(scope, { beforeRead });
  for (const name of ['after', 'before']) assert.equal(entryAt(captured, scope.at(name)).content?.length, 1);
  for (const { path } of captured.builder.problems) assert.equal(path, scope.at('changing'));
  const entry = captured.snapshot.entries.get(scope.at('changing'));
  const reported = captured.builder.problems.length > 0;
  assert.ok(entry !== undefined || reported, 'the file is neither there nor reported');
  assert.notEqual(Buffer.from(entry?.content ?? []).toString(), 'another', 'another file was read in its place');
};
