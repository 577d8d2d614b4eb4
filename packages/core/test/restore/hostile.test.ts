import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesFromText, textFromBytes } from '../../src/bytes.ts';
import { posixLimits } from '../../src/posix/limits.ts';
import type { RestoreOptions, RestoreReport } from '../../src/restore/options.ts';
import { restoreToFolder } from '../../src/restore/restore.ts';
import { isRoot, temporaryFolder } from '../posix/temporary.ts';
import { file, folder, link, MemorySnapshot, type Spec } from './memory-snapshot.ts';

const restore = (
  spec: Readonly<Record<string, Spec>>,
  root: string,
  options: Partial<RestoreOptions> = {},
): Promise<RestoreReport> =>
  restoreToFolder(new MemorySnapshot(spec), root, { signal: new AbortController().signal, ...options });

const problems = ({ problems: list }: RestoreReport): string[] =>
  list.map(({ path, error }) => `${textFromBytes(path)}: ${error.code}`);

describe('names that would lead out of the root', () => {
  it.each(['..', '.', '', 'a/b', '../../etc/passwd', '/etc/passwd', 'a\0b', '../out'])(
    'refuses %j, and restores the rest',
    async (name) => {
      using temporary = temporaryFolder();
      const report = await restore({ [name]: file('evil'), good: file('good') }, temporary.at('root'));
      expect(problems(report).map((line) => line.split(': ').at(-1))).toEqual(['CORRUPT']);
      expect(readdirSync(temporary.path)).toEqual(['root']);
      expect(readdirSync(temporary.at('root'))).toEqual(['good']);
    },
  );

  it('refuses such a folder with all that is in it', async () => {
    using temporary = temporaryFolder();
    const report = await restore({ '..': folder({ evil: file('evil') }) }, temporary.at('root'));
    expect([report.files, report.problemCount]).toEqual([0, 1]);
    expect(readdirSync(temporary.path)).toEqual(['root']);
  });
});

describe('links that stand in the target', () => {
  it('are replaced where a folder belongs, and not followed', async () => {
    using temporary = temporaryFolder();
    mkdirSync(temporary.at('outside'));
    mkdirSync(temporary.at('root'));
    symlinkSync('../outside', temporary.at('root/a'));
    const report = await restore({ a: folder({ inside: file('1') }) }, temporary.at('root'));
    expect(problems(report)).toEqual([]);
    expect(readdirSync(temporary.at('outside'))).toEqual([]);
    expect(lstatSync(temporary.at('root/a')).isDirectory()).toBe(true);
    expect(readFileSync(temporary.at('root/a/inside'), 'utf8')).toBe('1');
  });

  it('are replaced where a file belongs, and what they point at stays as it is', async () => {
    using temporary = temporaryFolder();
    mkdirSync(temporary.at('root'));
    writeFileSync(temporary.at('victim'), 'mine', { mode: 0o600 });
    const before = statSync(temporary.at('victim'), { bigint: true });
    for (const name of ['file', 'link', 'fifo']) symlinkSync('../victim', temporary.at(`root/${name}`));
    await restore({ file: file('new'), link: link('elsewhere'), fifo: { special: 'fifo' } }, temporary.at('root'));
    expect(readFileSync(temporary.at('victim'), 'utf8')).toBe('mine');
    const after = statSync(temporary.at('victim'), { bigint: true });
    expect([after.mode, after.mtimeNs, after.ino]).toEqual([before.mode, before.mtimeNs, before.ino]);
    expect([readFileSync(temporary.at('root/file'), 'utf8'), readlinkSync(temporary.at('root/link'))]).toEqual([
      'new',
      'elsewhere',
    ]);
  });

  it('of the snapshot itself are not followed by what comes after them', async () => {
    using temporary = temporaryFolder();
    mkdirSync(temporary.at('outside'));
    const spec = { a: link('../outside'), b: folder({ x: file('1') }) };
    const twice: Spec = { in: { ...spec, 'bytes:a': folder({ evil: file('evil') }) } };
    await restore({ top: twice }, temporary.at('root'));
    await restore({ top: folder({ a: folder({ evil: file('evil') }) }) }, temporary.at('root'), {
      overwrite: 'if-changed',
    });
    expect(readdirSync(temporary.at('outside'))).toEqual([]);
    expect(readdirSync(temporary.at('root/top'))).toEqual(['a', 'b']);
  });

  it('are removed by --delete, with nothing of what they point at', async () => {
    using temporary = temporaryFolder();
    mkdirSync(temporary.at('outside/deep'), { recursive: true });
    writeFileSync(temporary.at('outside/deep/file'), '');
    mkdirSync(temporary.at('root/foreign/inner'), { recursive: true });
    symlinkSync('../outside', temporary.at('root/link'));
    symlinkSync('../../../outside/deep', temporary.at('root/foreign/inner/link'));
    const report = await restore({ kept: file('1') }, temporary.at('root'), { delete: true });
    expect(readdirSync(temporary.at('root'))).toEqual(['kept']);
    expect(existsSync(temporary.at('outside/deep/file'))).toBe(true);
    expect(report.deleted).toBe(4);
  });
});

describe.skipIf(posixLimits().length > 0)(
  'a folder that is exchanged for a link while files are written into it',
  () => {
    it('never lets a byte, a mode or a time reach what the link points at', async () => {
      using temporary = temporaryFolder();
      mkdirSync(temporary.at('root'));
      mkdirSync(temporary.at('outside'), { mode: 0o711 });
      for (let d = 0; d < 6; d += 1) mkdirSync(temporary.at(`outside/d${d}`));
      const before = lstatSync(temporary.at('outside'), { bigint: true });
      const inside = Object.fromEntries(
        Array.from({ length: 6 }, (_, d) => [
          `d${d}`,
          folder(Object.fromEntries(Array.from({ length: 40 }, (__, i) => [`f${i}`, file([`${d}`, `${i}`])])), {
            mode: 2 ** 31 + 0o777,
          }),
        ]),
      );
      const snapshot = new MemorySnapshot({ victim: folder(inside) });
      let [swaps, calls, victim] = [0, 0, temporary.at('root/victim')];
      /** What an attacker does who may write into the folder: while it is filled he turns folders into links to the outside. */
      const exchange = (at: string, target: string): string => {
        const moved = `${at}.moved`;
        if (!existsSync(at) || existsSync(moved)) return at;
        renameSync(at, moved);
        symlinkSync(target, at);
        swaps += 1;
        return moved;
      };
      const swap = (): void => {
        calls += 1;
        if (calls === 100) victim = exchange(victim, temporary.at('outside'));
        for (let d = 0; d < 6; d += 1) exchange(join(victim, `d${d}`), temporary.at(`outside/d${d}`));
      };
      const report = await restoreToFolder(snapshot, temporary.at('root'), {
        signal: new AbortController().signal,
        concurrency: 4,
        delete: true,
        content: {
          async *open(node, options) {
            swap();
            yield* snapshot.open(node, options);
            swap();
          },
        },
      });
      expect(swaps).toBe(7);
      expect(readdirSync(temporary.at('outside')).sort()).toEqual(['d0', 'd1', 'd2', 'd3', 'd4', 'd5']);
      for (let d = 0; d < 6; d += 1) expect(readdirSync(temporary.at(`outside/d${d}`))).toEqual([]);
      const after = lstatSync(temporary.at('outside'), { bigint: true });
      expect([after.mode, after.mtimeNs]).toEqual([before.mode, before.mtimeNs]);
      expect(report.files).toBeGreaterThan(0);
    });

    it('is not followed by a hard link to its first name either', async () => {
      using temporary = temporaryFolder();
      mkdirSync(temporary.at('root'));
      mkdirSync(temporary.at('outside'));
      writeFileSync(temporary.at('outside/first'), 'secret');
      const twin = { links: 2n, inode: 7n, deviceId: 1n };
      const snapshot = new MemorySnapshot({
        a: folder({ first: file('text', twin) }),
        b: folder({ again: file('text', twin) }),
      });
      const report = await restoreToFolder(snapshot, temporary.at('root'), {
        signal: new AbortController().signal,
        onProgress: ({ current }) => {
          if (current !== bytesFromText('a/first') || existsSync(temporary.at('root/a.moved'))) return;
          if (!existsSync(temporary.at('root/a/first'))) return;
          renameSync(temporary.at('root/a'), temporary.at('root/a.moved'));
          symlinkSync('../outside', temporary.at('root/a'));
        },
      });
      expect(problems(report)).toEqual([]);
      expect(readFileSync(temporary.at('root/b/again'), 'utf8')).toBe('text');
      expect(lstatSync(temporary.at('outside/first')).nlink).toBe(1);
    });
  },
);

describe('what a snapshot says of owners and modes', () => {
  it.skipIf(!isRoot)('sets setuid bits only with the owner they belong to', async () => {
    using temporary = temporaryFolder();
    const { asNobody } = await import('../posix/temporary.ts');
    const { chmodSync, chownSync } = await import('node:fs');
    chmodSync(temporary.path, 0o755);
    mkdirSync(temporary.at('root'));
    chownSync(temporary.at('root'), 65534, 65534);
    const mode = 2 ** 23 + 2 ** 22 + 0o755;
    const spec = {
      theirs: file('x', { uid: 0, gid: 0, mode }),
      ours: file('x', { uid: 65534, gid: 65534, mode }),
      half: file('x', { uid: 65534, gid: 0, mode }),
    };
    const report = await asNobody(() => restore(spec, temporary.at('root')));
    expect(problems(report)).toEqual([]);
    const modes = ['theirs', 'ours', 'half'].map((name) => lstatSync(temporary.at(`root/${name}`)).mode & 0o7777);
    expect(modes).toEqual([0o755, 0o6755, 0o4755]);
    expect(report.lost).toEqual({ owners: 2, attributes: 0, modes: 2 });
  });
});
