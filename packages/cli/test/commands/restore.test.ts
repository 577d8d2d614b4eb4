/** What `restore` tells a person and a program of what it did, would do and could not do. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asNobody, isRoot } from '../../../core/test/posix/temporary.ts';
import { createCli, type Cli, type Ended } from '../support/cli.ts';

let cli: Cli;
const env = { PASSWORD: 'correct horse battery' };
const type = (...parameters: string[]): Promise<Ended> => cli.type(parameters, { env });
const at = (name: string): string => join(cli.folder, name);

beforeAll(async () => {
  cli = await createCli();
  mkdirSync(at('docs/sub'), { recursive: true });
  for (const name of ['a', 'b', 'sub/c']) writeFileSync(at(`docs/${name}`), `content of ${name}`);
  chmodSync(at('docs/b'), 0o6755);
  if (isRoot) {
    spawnSync('setfattr', ['-n', 'trusted.foo', '-v', 'x', at('docs/b')]);
    spawnSync('mknod', [at('docs/cdev'), 'c', '1', '3']);
  }
  writeFileSync(
    at('triplicate.yaml'),
    `version: 1
pipelines:
  docs:
    sources: { docs: { type: files, paths: [./docs] } }
    encrypt: { password: { env: PASSWORD } }
    destinations: { usb: { type: local, path: ./usb }, nas: { type: local, path: ./nas } }
`,
  );
  for (const name of ['usb', 'nas']) mkdirSync(at(name));
  expect(await type('init')).toMatchObject({ code: 0 });
  expect(await type('backup')).toMatchObject({ code: 0 });
});
afterAll(() => cli[Symbol.asyncDispose]());

const docs = (): string => at('docs').slice(1);

describe('a dry run', () => {
  it('counts and with --verbose names what would be removed and overwritten by its place in the target, as the real run does', async () => {
    expect(await type('restore', 'latest', '--exclude', 'cdev', '--to', 'out')).toMatchObject({ code: 0 });
    mkdirSync(at(`out/${docs()}/old/deep`), { recursive: true });
    writeFileSync(at(`out/${docs()}/old/deep/file`), '');
    const command = ['restore', 'latest', '--exclude', 'cdev', '--to', 'out', '--delete', '--verbose'];
    const dry = await type(...command, '--dry-run');
    expect(dry.out).toContain('would restore 3 files and links');
    expect(dry.out).toContain('3 files and links that stood there would be overwritten');
    expect(dry.out).toContain('3 entries would be removed');
    expect(dry.err).toContain('would overwrite /anna/work/out/anna/work/docs/sub/c\n');
    expect(dry.err).toContain('would remove /anna/work/out/anna/work/docs/old/deep/file\n');
    const same = await type('restore', 'latest', '--exclude', 'cdev', '--to', 'out', '-n', '--overwrite', 'if-changed');
    expect(same.out).toContain('would restore 0 files and links, 0 B');
    const real = await type(...command);
    expect(real.out).toContain('3 entries removed');
    expect(real.err).toContain('\nremoved /anna/work/out/anna/work/docs/old/deep/file\n');
  });
});

describe('a restore', () => {
  it('warns when a pattern matches nothing, ends with 3, and leaves no folder behind that was not there', async () => {
    mkdirSync(at('there'));
    for (const [target, stays] of [
      ['none/deep', false],
      ['there/deeper', false],
      ['there', true],
    ] as const) {
      const ended = await type('restore', 'latest', '--to', target, '--include', '*.xyz');
      expect(ended).toMatchObject({ code: 3 });
      expect(ended.err).toContain('warning: nothing that is asked for matches --include "*.xyz"');
      expect([target, existsSync(at(target))]).toEqual([target, stays]);
    }
    expect(existsSync(at('none'))).toBe(false);
    expect((await type('restore', 'latest', '--to', 'some', '--include', 'a')).err).not.toContain('matches');
  });

  it('names each path that is not in the snapshot, and says so when that leaves nothing', async () => {
    const none = await type('restore', 'latest', 'missing/path', '/docs/b', '--to', 'no-target');
    expect(none).toMatchObject({ code: 3 });
    expect(none.out).toMatch(/^snapshot [0-9a-f]{8} of .*\nnothing was restored\n$/);
    for (const path of ['missing/path', 'docs/b'])
      expect(none.err).toMatch(
        new RegExp(`warning: no "/?${path}" in snapshot [0-9a-f]{8}\n {2}hint: a path counts from the top`),
      );
    expect(existsSync(at('no-target'))).toBe(false);
    const some = await type('restore', 'latest', 'missing/path', `/${docs()}/a`, '--to', 'some-target');
    expect(some).toMatchObject({ code: 3 });
    expect(some.out).toContain('restored 1 file or link, 12 B to');
    expect((await type('restore', 'latest', 'missing/path', '--to', 'x', '-n')).out).toContain('would be restored');
  });

  it('into a file says so, with what to do', async () => {
    const ended = await type('restore', 'latest', '--to', 'docs/a');
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.err).toContain('error: "/anna/work/docs/a" is not a folder\n  hint: give a folder');
    expect(ended.err).not.toContain('mkdir');
  });

  it('of a snapshot that is not there ends with one code, however it is named', async () => {
    for (const name of ['nosuch', 'latest:zz', '2020', 'ffffffff', '1999-01-01'])
      expect([name, (await type('restore', name, '--to', 'out')).code]).toEqual([name, 1]);
  });

  it('from a folder that is not there is like one from a folder without a repository', async () => {
    for (const folder of ['nowhere', 'docs'])
      expect([folder, (await type('--repo', folder, 'snapshots')).code]).toEqual([folder, 10]);
  });

  it.skipIf(!isRoot)(
    'as another user than root says once what it could not restore (skipped for others than root, who cannot become another)',
    async () => {
      const base = dirname(cli.folder);
      mkdirSync(at('theirs'));
      spawnSync('chown', ['-R', '65534:65534', base]);
      try {
        const command = ['restore', 'latest', '--to', 'theirs'];
        const ended = await asNobody(() => type(...command, '--exclude', 'cdev'));
        expect(ended.err).toMatch(
          /warning: owners of \d+ entries, setuid or setgid bits of 1 file and 1 extended attribute could not be restored\n {2}hint: run it as root/,
        );
        expect(ended.err.match(/could not be restored/g)).toHaveLength(1);
        expect(ended).toMatchObject({ code: 3 });
        const plain = await asNobody(() => type(...command, '--include', 'a', '--json'));
        expect(plain.lines.at(-1)).toMatchObject({ lost: { attributes: 0, modes: 0 }, problems: 0 });
        expect(plain.lines.filter((line) => line['type'] === 'warning')).toMatchObject([{ code: 'AUTH' }]);
        expect(plain).toMatchObject({ code: 0 });
        const device = await asNobody(() => type(...command, '--include', 'cdev', '--json'));
        expect(device.lines.filter((line) => line['type'] === 'unrestored')).toMatchObject([
          { message: expect.stringMatching(/docs\/cdev": operation not permitted$/) as string },
        ]);
        expect(device).toMatchObject({ code: 3 });
      } finally {
        spawnSync('chown', ['-R', '0:0', base]);
      }
    },
  );
});

describe('a destination that is away', () => {
  const config = (removable: boolean): string =>
    readFileSync(at('triplicate.yaml'), 'utf8').replace('path: ./nas', `path: ./away, removable: ${String(removable)}`);

  it.each([true, false])('is told once when a restore begins (removable: %s)', async (removable) => {
    writeFileSync(at('away.yaml'), config(removable));
    const command = ['--config', at('away.yaml'), 'restore', 'latest', '--exclude', 'cdev', '--to', 'went-around'];
    const ended = await type(...command);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.err.match(/warning: nas/g)).toHaveLength(1);
    const lines = (await type(...command, '--json')).lines.filter((line) => line['type'] === 'warning');
    expect(lines).toMatchObject([{ destination: 'nas' }]);
    expect(await type(...command, '--from', 'usb')).toMatchObject({ code: 0, err: '' });
  });

  it('is named by what looks, where it is a removable one', async () => {
    writeFileSync(at('away.yaml'), config(true));
    const looking = [
      ['ls', 'latest'],
      ['cat', 'latest', `/${docs()}/a`],
      ['find', 'a'],
      ['diff', 'latest', 'latest'],
    ];
    for (const command of looking) {
      const ended = await type('--config', at('away.yaml'), ...command);
      expect([command, ended.code, ended.err.match(/not asked: nas/g)]).toEqual([command, 0, ['not asked: nas']]);
    }
    const { out, err } = await type('--config', at('away.yaml'), 'snapshots');
    expect(out).toContain('not asked: nas');
    expect(err).toBe('');
  });

  it('is no one that was not asked where it is none that may be away', async () => {
    writeFileSync(at('away.yaml'), config(false));
    const { out, err } = await type('--config', at('away.yaml'), 'snapshots');
    expect(out).toContain('failed: nas');
    expect(out).not.toContain('not asked');
    expect(out).not.toContain('all 1');
    expect(err).toContain('warning: nas: no repository at');
  });
});

describe('the help', () => {
  it('of status says what its exit codes mean', async () => {
    const { out } = await type('status', '--help');
    expect(out).toMatch(/\n {2}3 {4}the 3-2-1 rule does not hold/);
  });
});

describe('a damaged config', () => {
  it('is told with its destination and how to mend it', async () => {
    rmSync(at('nas/config'), { force: true });
    writeFileSync(at('nas/config'), '');
    const ended = await type('check', 'nas');
    expect(ended.err).toContain('the repository config on "nas" is damaged: the sealed object is too short');
    expect(ended.err).toContain('hint: run `triplicate heal nas`');
    expect(await type('heal', 'nas')).toMatchObject({ code: 0 });
    expect(await type('check', 'nas')).toMatchObject({ code: 0 });
  });
});

describe('restore --delete', () => {
  it('removes nothing beside what was backed up, not even from the folders that lead there', async () => {
    const out = (name: string): string => at(`beside/${name}`);
    mkdirSync(out('etc'), { recursive: true });
    writeFileSync(out('etc/passwd'), 'not ours');
    mkdirSync(out(`${docs()}/old`), { recursive: true });
    writeFileSync(join(dirname(out(docs())), 'neighbour'), 'not ours');
    const { code, out: said } = await type('restore', 'latest', '--exclude', 'cdev', '--to', 'beside', '--delete');
    expect([code, said]).toEqual([0, expect.stringContaining('1 entry removed')]);
    expect(readFileSync(out('etc/passwd'), 'utf8')).toBe('not ours');
    expect(readFileSync(join(dirname(out(docs())), 'neighbour'), 'utf8')).toBe('not ours');
    expect(existsSync(out(`${docs()}/old`))).toBe(false);
  });

  it('never takes away a copy, the configuration, or what the program remembers', async () => {
    const config = readFileSync(at('triplicate.yaml'), 'utf8');
    const inner = join(at('out'), docs(), 'copies/nas');
    await type('restore', 'latest', '--exclude', 'cdev', '--to', 'out', '--delete');
    mkdirSync(dirname(inner), { recursive: true });
    cpSync(at('nas'), inner, { recursive: true });
    writeFileSync(at('triplicate.yaml'), config.replace('path: ./nas', `path: ${JSON.stringify(inner)}`));
    try {
      const { code, err } = await type('restore', 'latest', '--exclude', 'cdev', '--to', 'out', '--delete');
      expect(code).toBe(3);
      expect(err).toMatch(/docs\/copies" is not removed: it holds a copy, or what triplicate needs/);
      expect(existsSync(join(inner, 'config'))).toBe(true);
    } finally {
      writeFileSync(at('triplicate.yaml'), config);
    }
  });
});
