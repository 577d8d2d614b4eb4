import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bytesFromText, isId } from '../../src/bytes.ts';
import { systemClock } from '../../src/clock.ts';
import { newConfig } from '../../src/repository/config-file.ts';
import { acquireLock, removeStaleLocks } from '../../src/repository/lock.ts';
import type { Node } from '../../src/repository/node.ts';
import type { SnapshotFile } from '../../src/repository/snapshot-file.ts';
import { assert } from './support/assert.ts';
import { makeHardTree } from './support/hard-names.ts';
import { RepositoryWriter } from './support/repository-writer.ts';
import { isAtLeast, needsRestic, Restic, resticVersion } from './support/restic.ts';
import { loadFolder, saveFolder } from './support/stored-files.ts';
import { describeFolder, walk } from './support/walk.ts';

const { signal } = new AbortController();
const time = '2026-11-29T04:29:56.123456789+01:00';
const chunker = { type: 'dedupe', options: { chunker: 'fastcdc', average: 1_048_576 } };
const directory = (name: string, subtree: string): Node => ({
  name: bytesFromText(name),
  type: 'dir',
  mode: 2 ** 31 + 0o755,
  mtime: time,
  atime: time,
  ctime: time,
  uid: 0,
  gid: 0,
  subtree,
});
const snapshotOf = (tree: string): SnapshotFile => ({
  time,
  tree,
  paths: ['/hard'],
  hostname: 'laptop',
  username: 'anna',
  tags: ['source:documents'],
  programVersion: 'triplicate 0.1.0',
});

describe.skipIf(resticVersion === undefined)(
  `a repository that was written with the format layer (${needsRestic})`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'triplicate-source-'));
    const source = join(folder, 'hard');

    beforeAll(() => {
      mkdirSync(source);
      makeHardTree(source, { rawLinks: isAtLeast('0.16') });
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const write = async (restic: Restic, writer: RepositoryWriter): Promise<string> => {
      await writer.init('secret');
      const tree = walk(writer, Buffer.from(folder));
      const id = await writer.finish(snapshotOf(tree));
      saveFolder(writer.destination, restic.repository);
      return id;
    };

    const kinds = [
      { kind: 'version 1', config: { version: 1 } },
      { kind: 'version 2 with our record in the config', config: { triplicate: { chunker } } },
    ];

    it.each(kinds)('of $kind is checked, listed and restored by restic', async ({ config }) => {
      using restic = new Restic('secret');
      const id = await write(restic, new RepositoryWriter(config));
      expect(restic.run('check', '--read-data')).toContain('no errors were found');
      expect(JSON.parse(restic.run('snapshots', '--json'))).toMatchObject([
        { id, time, hostname: 'laptop', tags: ['source:documents'] },
      ]);
      const listed = restic.run('ls', '--json', id).trim().split('\n');
      expect(listed).toHaveLength(1 + describeFolder(Buffer.from(source)).length);
      restic.run('restore', id, '--target', join(restic.directory, 'restored'));
      expect(describeFolder(Buffer.from(join(restic.directory, 'restored', 'hard')))).toEqual(
        describeFolder(Buffer.from(source)),
      );
    });

    it('is a parent in which restic finds every file unchanged, and can be pruned', async () => {
      using restic = new Restic('secret');
      const writer = new RepositoryWriter();
      await writer.init('secret');
      const names = source.split('/').slice(1);
      const tree = names.reduceRight(
        (subtree, name) => writer.tree([directory(name, subtree)]),
        walk(writer, Buffer.from(source)),
      );
      const id = await writer.finish({ ...snapshotOf(tree), paths: [source] });
      saveFolder(writer.destination, restic.repository);
      const lines = restic.run('backup', '--json', '--host', 'laptop', source).trim().split('\n');
      const files = describeFolder(Buffer.from(source)).filter((line) => / 10\d{4} /.test(line)).length;
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
        files_new: 0,
        files_changed: 0,
        files_unmodified: files,
        data_blobs: 0,
      });
      restic.run('forget', id, '--prune');
      expect(restic.run('check', '--read-data')).toContain('no errors were found');
    });

    it('with codecs of its own is refused by restic in one line', async () => {
      using restic = new Restic('secret');
      await write(
        restic,
        new RepositoryWriter(newConfig({ triplicate: { codecs: [{ type: 'brotli', options: {} }] } })),
      );
      for (const command of [['snapshots'], ['check'], ['backup', source]]) {
        const { status, stderr } = restic.try(...command);
        expect(status).not.toBe(0);
        expect(stderr.trim().split('\n').at(-1)).toMatch(/unsupported repository version|version 1002/);
      }
    });

    it('is locked for restic while it is locked by us', async () => {
      using restic = new Restic('secret');
      const writer = new RepositoryWriter();
      await write(restic, writer);
      const context = { clock: systemClock, signal, host: 'laptop', user: 'anna', pid: process.pid };
      const lock = await acquireLock(writer.destination, writer.key, { ...context, exclusive: true });
      saveFolder(writer.destination, restic.repository);
      const refused = restic.try('check');
      expect(refused.status).not.toBe(0);
      expect(refused.stderr).toContain(`locked exclusively by PID ${process.pid} on laptop by anna`);
      expect(restic.run('list', 'locks', '--no-lock').trim()).toBe(lock.id);
      await lock[Symbol.asyncDispose]();

      restic.run('unlock', '--remove-all');
      expect(readdirSync(join(restic.repository, 'locks'))).toEqual([]);
      expect(restic.run('check')).toContain('no errors were found');
    });

    it('is locked for us while restic holds it', async () => {
      using restic = new Restic('secret');
      const writer = new RepositoryWriter();
      await write(restic, writer);
      const work = restic.start('backup', '--stdin', '--host', 'elsewhere');
      const context = { clock: systemClock, signal, host: hostname(), user: 'anna', pid: process.pid };
      try {
        await vi.waitUntil(() => readdirSync(join(restic.repository, 'locks')).some(isId), {
          timeout: 30_000,
          interval: 20,
        });
        const held = await loadFolder(restic.repository);
        await (await acquireLock(held, writer.key, { ...context, exclusive: false }))[Symbol.asyncDispose]();
        const error = await assert.fails(
          () => acquireLock(held, writer.key, { ...context, exclusive: true }),
          'LOCKED',
        );
        expect(error.context).toMatchObject({ hostname: hostname(), pid: work.pid, exclusive: false });
        expect(await removeStaleLocks(held, writer.key, context)).toEqual([]);
        work.kill('SIGKILL');
        await once(work, 'exit');
        expect(await removeStaleLocks(held, writer.key, context)).toEqual([error.context['lock']]);
      } finally {
        work.kill('SIGKILL');
      }
    });
  },
);
