/** What a person sees when something is wrong with a repository, a password or a place: one clear error, its exit code, and no secret. */
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { bodyOf, collect, systemClock, type Destination } from '@triplicate/core';
import localPlugin from '@triplicate/dest-local';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sealIndex } from '../../core/src/engine/index-batches.ts';
import { decodeConfig, encodeConfig } from '../../core/src/repository/config-file.ts';
import { seal, type MasterKey } from '../../core/src/repository/crypto.ts';
import { openWithPassword } from '../../core/src/repository/keys.ts';
import { acquireLock } from '../../core/src/repository/lock.ts';
import { encodeHeader, type PackedBlob } from '../../core/src/repository/pack.ts';
import { encodeSnapshot } from '../../core/src/repository/snapshot-file.ts';
import { encodeUnpacked, objectId } from '../../core/src/repository/unpacked.ts';
import { createCli, type Cli, type Ended } from './support/cli.ts';

const password = 'a very secret password';
const { signal } = new AbortController();

const config = (destinations: string, more = ''): string => `version: 1
pipelines:
  docs:
    sources:
      docs: { type: files, paths: [./docs] }
    encrypt: { password: { env: PASSWORD } }
    destinations:
${destinations}
${more}`;
const ab = '      a: { type: local, path: ./a }\n      b: { type: local, path: ./b }\n';

let cli: Cli;
let pristine: string;

/** Two replicas with a snapshot each, made once and copied for each test. */
beforeAll(async () => {
  pristine = await mkdtemp(join(tmpdir(), 'triplicate-bad-'));
  await using first = await createCli();
  cli = first;
  await mkdir(join(first.folder, 'docs'));
  await writeFile(join(first.folder, 'docs', 'letter'), 'dear reader '.repeat(1000));
  await Promise.all(['a', 'b'].map((name) => mkdir(join(first.folder, name))));
  await write('triplicate.yaml', config(ab));
  expectEnd(await type('init'), 0, /created/);
  expectEnd(await type('backup'), 0, /stored/);
  await cp(first.folder, pristine, { recursive: true, preserveTimestamps: true });
});
afterAll(() => rm(pristine, { recursive: true, force: true }));

beforeEach(async () => {
  cli = await createCli();
  await cp(pristine, cli.folder, { recursive: true, preserveTimestamps: true });
  return () => cli[Symbol.asyncDispose]();
});

const write = (name: string, text: string | Uint8Array): Promise<void> => writeFile(join(cli.folder, name), text);
const type = (...parameters: string[]): Promise<Ended> => cli.type(parameters, { env: { PASSWORD: password } });

/** What every ending has to keep: no stack, no secret, and what it says. */
const expectEnd = (ended: Ended, code: number, says: RegExp): void => {
  const all = ended.out + ended.err;
  expect(all).toMatch(says);
  expect(ended).toMatchObject({ code });
  expect(all).not.toMatch(/\bat .*:\d+:\d+\)?$/m);
  expect(all).not.toContain(password);
};

const place = (name: string): Promise<Destination> => {
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  return localPlugin.open(localPlugin.options.parse({ path: join(cli.folder, name) }), {
    name,
    signal,
    log,
    clock: systemClock,
    secret: () => Promise.reject(new TypeError('no secret here')),
    configDirectory: cli.folder,
    cacheDirectory: cli.folder,
    stateDirectory: cli.folder,
  });
};

const masterOf = async (destination: Destination): Promise<MasterKey> =>
  (await openWithPassword(destination, password, { signal })).master;

/** Puts a snapshot whose root tree is `tree`, sealed as if it were ours. */
const plant = async (
  name: string,
  tree: { readonly json: Buffer; readonly sealed?: Buffer; readonly plainLength?: number },
): Promise<string> => {
  await using destination = await place(name);
  const key = await masterOf(destination);
  const sealed = tree.sealed ?? seal(key, tree.json);
  const id = objectId(tree.json);
  const compressed = tree.plainLength === undefined ? {} : { uncompressedLength: tree.plainLength };
  const blobs: PackedBlob[] = [{ id, type: 'tree', offset: 0, length: sealed.byteLength, ...compressed }];
  const pack = Buffer.concat([sealed, encodeHeader(key, blobs)]);
  const packId = objectId(pack);
  await destination.put(`data/${packId.slice(0, 2)}/${packId}`, bodyOf(pack), { signal });
  const index = sealIndex([{ id: packId, blobs }], key, 2);
  await destination.put(index.key, bodyOf(index.bytes), { signal });
  const json = encodeSnapshot({
    time: '2099-01-01T00:00:00Z',
    tree: id,
    paths: ['/x'],
    hostname: 'x',
    tags: ['source:docs'],
  });
  const snapshot = encodeUnpacked(key, json, 2);
  await destination.put(`snapshots/${objectId(snapshot)}`, bodyOf(snapshot), { signal });
  return objectId(snapshot).slice(0, 12);
};

const node = (name: string, more: object = {}): object => ({
  name,
  type: 'file',
  mtime: '2020-01-01T00:00:00Z',
  atime: '2020-01-01T00:00:00Z',
  ctime: '2020-01-01T00:00:00Z',
  uid: 0,
  gid: 0,
  content: [],
  ...more,
});
const treeOf = (...nodes: object[]): Buffer => Buffer.from(`${JSON.stringify({ nodes })}\n`);

describe('a wrong password', () => {
  it('ends with 12', async () => {
    expectEnd(
      await cli.type(['snapshots'], { env: { PASSWORD: 'wrong' } }),
      12,
      /the password from the environment variable "PASSWORD" does not open/,
    );
  });
  it('that is missing names the variable', async () => {
    expectEnd(await cli.type(['snapshots']), 2, /PASSWORD/);
  });
});

describe('a place without its repository', () => {
  it('ends with 10 when none has one', async () => {
    await Promise.all(['a', 'b'].map((name) => rm(join(cli.folder, name, 'config'), { force: true })));
    expectEnd(await type('backup'), 10, /no repository at/);
  });
  it('is skipped when the disk may be away, and never filled', async () => {
    await rm(join(cli.folder, 'b'), { recursive: true });
    await mkdir(join(cli.folder, 'b'));
    await write('triplicate.yaml', config(ab.replace('./b }', './b, removable: true }')));
    expectEnd(await type('backup'), 0, /b .*skipped|skipped.*b/);
    expect(await readdir(join(cli.folder, 'b'))).toEqual([]);
  });
  it('fails alone when it should be there', async () => {
    await rm(join(cli.folder, 'b'), { recursive: true });
    expectEnd(await type('backup'), 3, /no repository|does not exist|no such/);
  });
  it('misses the quorum with 4', async () => {
    await rm(join(cli.folder, 'b'), { recursive: true });
    await write('triplicate.yaml', config(ab, '    quorum: 2\n'));
    expectEnd(await type('backup'), 4, /quorum/);
  });
  it('is not made anew over what is left of a repository', async () => {
    await Promise.all(['a', 'b'].map((name) => rm(join(cli.folder, name, 'config'), { force: true })));
    expectEnd(await type('init'), 1, /what is left of a repository/);
  });
});

describe('a replica that is not the right one', () => {
  it('of another repository is refused', async () => {
    await mkdir(join(cli.folder, 'other'));
    await write('other.yaml', config('      b: { type: local, path: ./other }\n'));
    expect(await type('--config', 'other.yaml', 'init')).toMatchObject({ code: 0 });
    await write('triplicate.yaml', config(ab.replace('./b', './other')));
    expectEnd(await type('backup'), 1, /different repositories/);
  });
  it('fails alone where the right one is remembered, and nothing is lost for the others', async () => {
    await mkdir(join(cli.folder, 'other'));
    await write('other.yaml', config('      b: { type: local, path: ./other }\n'));
    expect(await type('--config', 'other.yaml', 'init')).toMatchObject({ code: 0 });
    expect(await type('backup')).toMatchObject({ code: 0 });
    await write('triplicate.yaml', config(ab.replace('./b', './other')));
    expectEnd(await type('backup'), 3, /different repositories/);
    expectEnd(await type('restore', 'latest', '--to', 'out'), 0, /restored/);
    expect(await readdir(join(cli.folder, 'other', 'snapshots')).catch(() => [])).toEqual([]);
  });
  it('copied by hand is refused', async () => {
    await rm(join(cli.folder, 'b'), { recursive: true });
    await cp(join(cli.folder, 'a'), join(cli.folder, 'b'), { recursive: true });
    expectEnd(await type('backup'), 1, /one and the same replica/);
    await rm(join(cli.folder, 'b'), { recursive: true });
    expect(await type('backup')).toMatchObject({ code: 3 });
    await cp(join(cli.folder, 'a'), join(cli.folder, 'b'), { recursive: true });
    expectEnd(await type('backup'), 3, /one and the same replica/);
    expectEnd(await type('snapshots'), 0, /docs/);
  });
  it('and swapped with another is not written to', async () => {
    expect(await type('snapshots')).toMatchObject({ code: 0 });
    expect(await type('backup')).toMatchObject({ code: 0 });
    await write(
      'triplicate.yaml',
      config('      a: { type: local, path: ./b }\n      b: { type: local, path: ./a }\n'),
    );
    expectEnd(await type('backup'), 1, /holds the replica of/);
  });
});

describe('a destination inside a source', () => {
  it('is told, and is not backed up into itself', async () => {
    await write(
      'triplicate.yaml',
      config(ab.replace('./a', '"./docs/[a]"')).replace('[./docs]', '[./docs], exclude: ["!**"]'),
    );
    expectEnd(await type('init'), 0, /added a replica on a/);
    const run = await type('backup');
    expectEnd(run, 0, /note: source "docs" leaves out \S+\[a\]: destination "a" stands inside it/);
    const listed = await type('ls', 'latest', '--recursive');
    expectEnd(listed, 0, /docs\/letter/);
    expect(listed.out).not.toMatch(/config|snapshots|\[a\]/);
  });
});

describe('a lock', () => {
  it('that somebody else holds for himself alone costs the quorum with 11', async () => {
    const holds = await Promise.all(
      ['a', 'b'].map(async (name) => {
        const destination = await place(name);
        const options = { exclusive: true, clock: systemClock, signal, host: 'elsewhere', user: 'bob', pid: 1 };
        return acquireLock(destination, await masterOf(destination), options);
      }),
    );
    expectEnd(await type('backup'), 11, /locked/);
    await Promise.all(holds.map((lock) => lock[Symbol.asyncDispose]()));
    expectEnd(await type('backup'), 0, /stored on a and b/);
  });
});

describe('a hostile repository', () => {
  it.each([
    ['..', 'CORRUPT'],
    ['a/b', 'CORRUPT'],
    ['', 'CORRUPT'],
    ['nul\\x00byte', 'CORRUPT'],
  ])('with a name %j in a tree writes nothing outside', async (name) => {
    const id = await plant('a', { json: treeOf(node(name)) });
    const ended = await type('restore', id, '--to', 'out');
    expectEnd(ended, 1, /name|damaged|folder list/i);
    expect(await readdir(cli.folder)).not.toContain('escaped');
  });
  it('with a zstd bomb is told as damaged, without the memory it wants', async () => {
    await using destination = await place('a');
    const key = await masterOf(destination);
    const bomb = zstdCompressSync(Buffer.alloc(700 * 1024 * 1024));
    const id = await plant('a', { json: treeOf(node('x')), sealed: seal(key, bomb), plainLength: 100 });
    const before = process.memoryUsage.rss();
    expectEnd(await type('restore', id, '--to', 'out'), 1, /folder list|damaged|larger/);
    expect(process.memoryUsage.rss() - before).toBeLessThan(400 * 1024 * 1024);
  });
  it('with a key file that wants terabytes is refused at once', async () => {
    for (const name of ['a', 'b']) {
      const folder = join(cli.folder, name, 'keys');
      for (const file of await readdir(folder)) {
        const key = JSON.parse(await readFile(join(folder, file), 'utf8')) as Record<string, unknown>;
        const hostile = Buffer.from(JSON.stringify({ ...key, N: 2 ** 30, r: 1024 }));
        await rm(join(folder, file), { force: true });
        await writeFile(join(folder, objectId(hostile)), hostile);
      }
    }
    expectEnd(await type('snapshots'), 1, /key/);
  });
  it('with a config that was cut off names the destination', async () => {
    for (const name of ['a', 'b']) {
      await chmod(join(cli.folder, name, 'config'), 0o600);
      await write(`${name}/config`, Buffer.alloc(10));
    }
    expectEnd(await type('snapshots'), 1, /short|damaged|sealed/);
  });
  it('of a newer version is refused', async () => {
    for (const name of ['a', 'b']) {
      await using destination = await place(name);
      const key = await masterOf(destination);
      const old = decodeConfig(key, await collect(destination.get('config', { signal })));
      await destination.put('config', bodyOf(encodeConfig(key, { ...old, version: 9 })), { signal });
    }
    expectEnd(await type('snapshots'), 1, /newer program/);
  });
});

describe('a restore', () => {
  it.each([
    [['restore', 'latest', '--to', ''], 2, /--to/],
    [['restore', 'ffffffff', '--to', 'out'], 1, /no snapshot "ffffffff"/],
    [['restore', 'nonsense!', '--to', 'out'], 1, /names no snapshot/],
    [['restore', 'latest:nobody', '--to', 'out'], 1, /no snapshot of source "nobody"/],
    [['restore', '1999-01-01', '--to', 'out'], 1, /as old as/],
    [['restore', 'latest', '--to', 'out', '--from', 'nowhere'], 2, /no destination "nowhere"/],
    [['restore', 'latest'], 2, /--to/],
    [['restore', 'latest', '--to', 'docs/letter'], 1, /letter/],
    [['backup', 'nobody'], 2, /no source "nobody"/],
    [['check', 'nobody'], 2, /no destination "nobody"/],
    [['check', '--read-data=200%'], 2, /a share is more than 0%/],
    [['check', '--read-data=0'], 2, /the share to read is .* and not "0"/],
    [['check', '--read-data=five'], 2, /the share to read is .* and not "five"/],
    [['check', '--read-data', 'a', 'nobody'], 2, /no destination "nobody"/],
    [['backup', '--tag', ''], 2, /a tag is not empty/],
    [['bakup'], 2, /backup/],
  ] as const)('%j', async (parameters, code, says) => {
    expectEnd(await type(...parameters), code, says);
  });
});

describe('a cloned folder', () => {
  it('whose configuration would run a program runs nothing', async () => {
    await write(
      'triplicate.yaml',
      config(ab, '    hooks: { before: ["touch", "ran"] }\n').replace('env: PASSWORD', 'command: [touch, ran]'),
    );
    expectEnd(await type('backup'), 2, /config trust/);
    expect(await readdir(cli.folder)).not.toContain('ran');
  });
});
