import { spawnSync } from 'node:child_process';
import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isBackupError } from '../../src/errors.ts';
import { isRoot, temporaryFolder } from '../posix/temporary.ts';
import { problems, restore, text } from './kit.ts';
import { file, MemorySnapshot } from './memory-snapshot.ts';

describe('content that cannot be had', () => {
  const spec = { a: file(['one', 'lost', 'two']), b: file('fine') };

  it('is a problem of its file, which does not appear; the rest goes on', async () => {
    using temporary = temporaryFolder();
    const snapshot = new MemorySnapshot(spec);
    snapshot.lost.add('lost');
    const told: string[] = [];
    const report = await restore(snapshot, temporary.at('root'), { onProblem: ({ path }) => told.push(path) });
    expect(problems(report)).toEqual(['a: CORRUPT']);
    expect(told).toEqual(['a']);
    expect(readdirSync(temporary.at('root'))).toEqual(['b']);
    expect([report.files, report.bytes, report.problemCount]).toEqual([1, 4, 1]);
  });

  it('leaves what stood there before', async () => {
    using temporary = temporaryFolder();
    mkdirSync(temporary.at('root'));
    writeFileSync(temporary.at('root/a'), 'before');
    const snapshot = new MemorySnapshot(spec);
    snapshot.lost.add('lost');
    await restore(snapshot, temporary.at('root'));
    expect(text(temporary.at('root/a'))).toBe('before');
  });

  it('leaves the piece that could be had, when it is asked for', async () => {
    using temporary = temporaryFolder();
    const snapshot = new MemorySnapshot(spec);
    snapshot.lost.add('lost');
    await restore(snapshot, temporary.at('root'), { keepPartial: true });
    const [partial = ''] = readdirSync(temporary.at('root'));
    expect(partial).toMatch(/^\.triplicate-[0-9a-f]{16}\.partial$/);
    expect(text(temporary.at(`root/${partial}`))).toBe('one');
  });
});

describe('a restore that is interrupted', () => {
  it('ends with ABORTED and leaves no half file', async () => {
    using temporary = temporaryFolder();
    const stop = new AbortController();
    const snapshot = new MemorySnapshot({ a: file('1'), b: file(['2', '3', '4']), c: file('5') });
    const running = restore(snapshot, temporary.at('root'), {
      signal: stop.signal,
      concurrency: 1,
      content: {
        async *open(node, options) {
          for await (const blob of snapshot.open(node, options)) {
            yield blob;
            if (blob.toString() === '2') stop.abort();
          }
        },
      },
    });
    await expect(running).rejects.toSatisfy((error) => isBackupError(error, 'ABORTED'));
    expect(readdirSync(temporary.at('root'))).toEqual(['a']);
  });

  it('goes on where it was: what is whole is skipped, and of a large file only what is missing is fetched', async () => {
    using temporary = temporaryFolder();
    const blobs = Array.from({ length: 8 }, (_, i) => Buffer.alloc(300_000 + i, String(i)));
    const snapshot = new MemorySnapshot({ a: file('whole'), b: file(blobs) });
    snapshot.lost.add('5'.repeat(40));
    await restore(snapshot, temporary.at('root'), { content: snapshot, keepPartial: true });
    snapshot.lost.clear();
    snapshot.asked.length = 0;
    const report = await restore(snapshot, temporary.at('root'), {
      content: snapshot,
      overwrite: 'if-changed',
      verify: true,
    });
    expect(snapshot.asked.map((blob) => blob[0])).toEqual(['5', '6', '7']);
    expect([report.files, report.skipped]).toEqual([1, 1]);
    expect(readFileSync(temporary.at('root/b')).equals(Buffer.concat(blobs))).toBe(true);
    expect(readdirSync(temporary.at('root'))).toEqual(['a', 'b']);
  });

  it('takes from the file that it replaces what is the same there', async () => {
    using temporary = temporaryFolder();
    const blobs = Array.from({ length: 5 }, (_, i) => Buffer.alloc(300_000, String(i)));
    const snapshot = new MemorySnapshot({ a: file(blobs) });
    mkdirSync(temporary.at('root'));
    const standing = Buffer.concat(blobs);
    standing[700_000] = 0;
    writeFileSync(temporary.at('root/a'), standing);
    await restore(snapshot, temporary.at('root'), { content: snapshot, verify: true });
    expect(snapshot.asked.map((blob) => blob[0])).toEqual(['2']);
    expect(readFileSync(temporary.at('root/a')).equals(Buffer.concat(blobs))).toBe(true);
  });

  it('trusts nothing that it did not leave itself: a leftover that is a link, has another name or is open to others is not used', async () => {
    using temporary = temporaryFolder();
    const blobs = [Buffer.alloc(1_100_000, 'x')];
    const snapshot = new MemorySnapshot({ a: file(blobs) });
    snapshot.lost.add('x'.repeat(40));
    await restore(snapshot, temporary.at('root'), { content: snapshot, keepPartial: true });
    snapshot.lost.clear();
    const [partial = ''] = readdirSync(temporary.at('root'));
    writeFileSync(temporary.at('victim'), 'mine', { mode: 0o600 });
    linkSync(temporary.at('victim'), temporary.at('root/twin'));
    for (const plant of [
      () => symlinkSync('../victim', temporary.at(`root/${partial}`)),
      () => linkSync(temporary.at('victim'), temporary.at(`root/${partial}`)),
    ]) {
      spawnSync('rm', ['-f', temporary.at(`root/${partial}`)]);
      plant();
      expect(problems(await restore(snapshot, temporary.at('root'), { content: snapshot }))).toEqual([]);
      expect(text(temporary.at('victim'))).toBe('mine');
      expect(lstatSync(temporary.at('root/a')).size).toBe(1_100_000);
    }
  });
});

describe('a disk that is full', () => {
  it.skipIf(!isRoot)(
    'ends the restore with QUOTA_EXCEEDED, and says where and how much stands there',
    async ({ skip }) => {
      using temporary = temporaryFolder();
      mkdirSync(temporary.at('small'));
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', temporary.at('small')]).status !== 0)
        skip('mounting is not allowed here');
      try {
        const spec = Object.fromEntries(
          Array.from({ length: 50 }, (_, i) => [`f${i}`, file([Buffer.alloc(200_000, i + 1)])]),
        );
        const running = restore(spec, temporary.at('small'));
        const failure: unknown = await running.catch((error: unknown) => error);
        const names = readdirSync(temporary.at('small'));
        expect(failure).toMatchObject({
          code: 'QUOTA_EXCEEDED',
          message: expect.stringMatching(/^cannot write "f\d+" to .*small: no space left/) as unknown,
          context: { files: names.length, bytes: names.length * 200_000 },
        });
        expect(names.length).toBeLessThan(6);
        expect(names.every((name) => lstatSync(temporary.at(`small/${name}`)).size === 200_000)).toBe(true);
      } finally {
        spawnSync('umount', [temporary.at('small')]);
      }
    },
  );
});
