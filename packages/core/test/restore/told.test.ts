/** What a restore says of what it does, and of what it cannot do. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { textFromBytes } from '../../src/bytes.ts';
import type { RestoreOptions, RestoreReport } from '../../src/restore/options.ts';
import { asNobody, isRoot, temporaryFolder } from '../posix/temporary.ts';
import { paths, problems, restore, text } from './kit.ts';
import { file, folder, link } from './memory-snapshot.ts';

describe('what a dry run and a real one change', () => {
  const spec = { a: file('12'), b: folder({ c: file('34'), d: link('x') }), e: file('5') };

  it('is the same: each entry that goes and each that is replaced, by its path', async () => {
    using temporary = temporaryFolder();
    mkdirSync(temporary.at('root/old/in'), { recursive: true });
    mkdirSync(temporary.at('root/e/deep'), { recursive: true });
    for (const name of ['a', 'old/1', 'old/in/2', 'e/deep/3']) writeFileSync(temporary.at(`root/${name}`), 'standing');
    const told: string[][] = [];
    const reports: RestoreReport[] = [];
    for (const dryRun of [true, false]) {
      const lines: string[] = [];
      told.push(lines);
      const onChange: RestoreOptions['onChange'] = ({ change, path }) =>
        void lines.push(`${change} ${textFromBytes(path)}`);
      reports.push(await restore(spec, temporary.at('root'), { dryRun, delete: true, onChange }));
      lines.sort();
    }
    expect(told[0]).toEqual([
      'overwritten a',
      'removed e',
      'removed e/deep',
      'removed e/deep/3',
      'removed old',
      'removed old/1',
      'removed old/in',
      'removed old/in/2',
    ]);
    expect(told[1]).toEqual(told[0]);
    expect(reports[0]).toMatchObject({ files: 4, deleted: 7, overwritten: 1 });
    expect(reports[1]).toEqual(reports[0]);
  });

  it.each(['file', 'link'] as const)('tells a %s that stands where a folder belongs', async (kind) => {
    for (const overwrite of ['always', 'if-changed', 'never'] as const) {
      using temporary = temporaryFolder();
      for (const name of ['root', 'elsewhere']) mkdirSync(temporary.at(name));
      if (kind === 'file') writeFileSync(temporary.at('root/b'), 'important');
      else symlinkSync(temporary.at('elsewhere'), temporary.at('root/b'));
      for (const dryRun of [true, false]) {
        const told: string[] = [];
        const onChange: RestoreOptions['onChange'] = ({ change, path }) =>
          void told.push(`${change} ${textFromBytes(path)}`);
        const report = await restore(spec, temporary.at('root'), { dryRun, overwrite, onChange });
        const replaced = overwrite === 'never' ? [] : ['overwritten b'];
        expect([told, report.overwritten]).toEqual([replaced, replaced.length]);
        expect(problems(report)).toEqual(overwrite === 'never' ? ['b: ALREADY_EXISTS'] : []);
        expect(lstatSync(temporary.at('root/b')).isDirectory()).toBe(!dryRun && overwrite !== 'never');
      }
      expect(readdirSync(temporary.at('elsewhere'))).toEqual([]);
    }
  });

  it('is nothing for files and hard links that stand there equal, with if-changed', async () => {
    using temporary = temporaryFolder();
    const twin = { links: 2n, inode: 7n };
    const files = { a: file('12', twin), b: folder({ c: file('12', twin) }), d: file('5') };
    await restore(files, temporary.at('root'));
    const options = { overwrite: 'if-changed', dryRun: true } as const;
    expect(await restore(files, temporary.at('root'), options)).toMatchObject({ files: 0, bytes: 0, skipped: 3 });
    expect(await restore(files, temporary.at('root'), { dryRun: true })).toMatchObject({ files: 3, overwritten: 3 });
    spawnSync('rm', ['-r', temporary.at('root/a')]);
    expect(await restore(files, temporary.at('root'), { dryRun: true })).toMatchObject({ files: 3, overwritten: 2 });
  });

  it('does not wait for the first name of a file in a folder that is not there yet', async () => {
    using temporary = temporaryFolder();
    mkdirSync(temporary.at('root/z'), { recursive: true });
    const twin = { links: 2n, inode: 7n };
    const files = { a: folder({ c: file('12', twin) }), z: folder({ d: file('12', twin) }) };
    expect(await restore(files, temporary.at('root'), { dryRun: true })).toMatchObject({ files: 2 });
  });
});

describe('the folder to restore into', () => {
  const spec = { a: file('1') };

  it('is an error at once where no folder can be made', { timeout: 30_000 }, async ({ skip }) => {
    if (!existsSync('/proc/self')) skip('no /proc here');
    await expect(restore(spec, '/proc/triplicate/x')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'the folder "/proc/triplicate" cannot be made: no such file or folder',
    });
  });

  it('is not made when none of the paths that were asked for is in the snapshot', async () => {
    using temporary = temporaryFolder();
    const asked = paths('no/such', 'b');
    const report = await restore(spec, temporary.at('root/deep'), { paths: asked });
    expect(problems(report)).toEqual(['no/such: NOT_FOUND', 'b: NOT_FOUND']);
    expect(existsSync(temporary.at('root'))).toBe(false);
    expect(await restore(spec, temporary.at('root'), { paths: [...asked, ...paths('a')] })).toMatchObject({ files: 1 });
    expect(text(temporary.at('root/a'))).toBe('1');
  });

  it.each([true, false])('is a clear error when a file stands there or on the way (dry run: %s)', async (dryRun) => {
    using temporary = temporaryFolder();
    writeFileSync(temporary.at('standing'), '');
    for (const name of ['standing', 'standing/a/b'])
      await expect(restore(spec, temporary.at(name), { dryRun })).rejects.toMatchObject({
        code: 'ALREADY_EXISTS',
        message: `"${temporary.at('standing')}" is not a folder`,
        hint: expect.stringContaining('give a folder') as string,
      });
  });
});

describe('an entry that cannot be made', () => {
  it.skipIf(!isRoot)(
    'is named by its path, not by the name it has until it is whole (skipped for others than root)',
    async () => {
      using temporary = temporaryFolder();
      spawnSync('chmod', ['755', temporary.path]);
      mkdirSync(temporary.at('root'));
      spawnSync('chown', ['65534:65534', temporary.at('root')]);
      const spec = { dev: folder({ cdev: { special: 'chardev', node: { device: 0x103n } } }) } as const;
      const report = await asNobody(() => restore(spec, temporary.at('root')));
      expect(report.problems.map(({ error }) => error.message)).toEqual(['"dev/cdev": operation not permitted']);
    },
  );
});

describe('what was asked for', () => {
  it('is counted, so that nothing is told from nothing left', async () => {
    using temporary = temporaryFolder();
    const spec = { a: file('1'), b: folder({}) };
    expect(await restore(spec, temporary.at('root'))).toMatchObject({ taken: 2 });
    expect(await restore(spec, temporary.at('root'), { include: ['*.jpg'] })).toMatchObject({ taken: 0, files: 0 });
  });
});
