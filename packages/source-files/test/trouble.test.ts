import { bytesFromText, type FolderLooker, isBackupError, type SnapshotReader } from '@triplicate/core';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { below } from './below.ts';
import { capture, temporaryFolder } from './open-source.ts';
import { Recorder } from './recorder.ts';

describe('a capture that meets trouble', () => {
  it('reports a path that is not there and goes on with the others', async () => {
    using folder = temporaryFolder();
    const recorder = await capture({ paths: [folder.path, join(folder.path, 'missing')] });
    expect(recorder.problems.map(({ path, error }) => [path, error.code])).toEqual([
      [`${folder.path.slice(1)}/missing`, 'NOT_FOUND'],
    ]);
  });

  it('fails when no path is there at all', async () => {
    using folder = temporaryFolder();
    const missing = capture({ paths: [join(folder.path, 'x'), join(folder.path, 'y')] });
    await expect(missing).rejects.toSatisfy((error) => isBackupError(error, 'NOT_FOUND'));
  });

  it('reports what vanishes while it walks', async () => {
    using folder = temporaryFolder();
    for (const name of ['a/1', 'b/2', 'c/3']) {
      mkdirSync(join(folder.path, name, '..'), { recursive: true });
      writeFileSync(join(folder.path, name), '');
    }
    class Vandal extends Recorder {
      override async putDirectory(...args: Parameters<Recorder['putDirectory']>): Promise<void> {
        await super.putDirectory(...args);
        if (args[0].endsWith('/a')) rmSync(join(folder.path, 'b'), { recursive: true });
        if (args[0].endsWith('/c')) renameSync(join(folder.path, 'c'), join(folder.path, 'd'));
      }
    }
    const recorder = await capture({ paths: [folder.path] }, new Vandal());
    expect(below(recorder, folder.path)).toEqual(['a', 'a/1', 'c']);
    expect(recorder.problems.map(({ path, error }) => [path.slice(folder.path.length), error.code])).toEqual([
      ['b', 'NOT_FOUND'],
      ['c', 'NOT_FOUND'],
    ]);
  });

  it('reports nothing that came and went again after its folder was looked at in a thread', async () => {
    using folder = temporaryFolder();
    for (const name of ['a', 'c']) writeFileSync(join(folder.path, name), '');
    const first = await capture({ paths: [folder.path] });
    const others = ['a', 'b', 'c'].map((name) => ({ name: bytesFromText(name), before: undefined }));
    class Looking extends Recorder {
      override readonly previous = withTrees(first.reader());
      looker = (): FolderLooker => ({
        look: async ({ tree }) => ({ tree, files: 0, bytes: 0, folders: [], others }),
        keep: async () => {},
      });
    }
    const second = await capture({ paths: [folder.path] }, new Looking());
    expect(below(second, folder.path)).toEqual(['a', 'c']);
    expect(second.problems).toEqual([]);
  });

  it('lists nothing through a link that took the place of a folder', async () => {
    using folder = temporaryFolder();
    for (const name of ['a/1', 'secret/2']) {
      mkdirSync(join(folder.path, name, '..'), { recursive: true });
      writeFileSync(join(folder.path, name), '');
    }
    class Swapper extends Recorder {
      override async putDirectory(...args: Parameters<Recorder['putDirectory']>): Promise<void> {
        await super.putDirectory(...args);
        if (!args[0].endsWith('/a')) return;
        renameSync(join(folder.path, 'a'), join(folder.path, 'moved'));
        symlinkSync('secret', join(folder.path, 'a'));
      }
    }
    const recorder = await capture({ paths: [join(folder.path, 'a')] }, new Swapper());
    expect(below(recorder, folder.path)).toEqual(['a']);
    expect(recorder.problems.map(({ error }) => error.code)).toEqual(['UNREADABLE']);
  });

  it('stops promptly when it is aborted', async () => {
    using folder = temporaryFolder();
    for (let i = 0; i < 100; i += 1) writeFileSync(join(folder.path, String(i)), '');
    const stop = new AbortController();
    class Stopping extends Recorder {
      override async putFile(...args: Parameters<Recorder['putFile']>): Promise<void> {
        await super.putFile(...args);
        if (this.entries.size === 10) stop.abort();
      }
    }
    const recorder = new Stopping();
    await expect(capture({ paths: [folder.path] }, recorder, stop.signal)).rejects.toSatisfy((error) =>
      isBackupError(error, 'ABORTED'),
    );
    expect(recorder.entries.size).toBe(10);
  });

  it('reports folders that it may not read, and puts everything else', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('needs root to become another user');
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    mkdirSync(join(folder.path, 'closed'), { mode: 0o700 });
    writeFileSync(join(folder.path, 'open'), '');
    const before = process.geteuid?.() ?? 0;
    process.seteuid?.(65534);
    let recorder: Recorder;
    try {
      recorder = await capture({ paths: [folder.path] });
    } finally {
      process.seteuid?.(before);
    }
    expect(below(recorder, folder.path)).toEqual(['closed', 'open']);
    expect(recorder.problems.map(({ path, error }) => [path, error.code])).toEqual([
      [`${folder.path.slice(1)}/closed`, 'AUTH'],
    ]);
  });
});

/** The same snapshot, in which folders have trees. */
const withTrees = (reader: SnapshotReader): SnapshotReader => ({
  ...reader,
  async *list(path) {
    for await (const node of reader.list(path)) yield node.type === 'dir' ? { ...node, subtree: '0'.repeat(64) } : node;
  },
});
