import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect } from '../../src/body.ts';
import { bytesFromBuffer } from '../../src/bytes.ts';
import { decodeConfig, encodeConfig, type RepositoryConfig } from '../../src/repository/config-file.ts';
import { type MasterKey, unseal } from '../../src/repository/crypto.ts';
import { decodeIndex, type IndexPack } from '../../src/repository/index-file.ts';
import { addKey, openWithPassword, removeKey } from '../../src/repository/keys.ts';
import { packKey } from '../../src/repository/layout.ts';
import type { Node } from '../../src/repository/node.ts';
import { listObjects, readObject } from '../../src/repository/objects.ts';
import { decodeHeader, packSizeOf, tailLengthOf } from '../../src/repository/pack.ts';
import { decodeSnapshot, encodeSnapshot, type SnapshotFile } from '../../src/repository/snapshot-file.ts';
import { nsFromTimestamp } from '../../src/repository/timestamp.ts';
import { decodeTree, encodeTree } from '../../src/repository/tree.ts';
import { decodeUnpacked, objectId } from '../../src/repository/unpacked.ts';
import type { MemoryDestination } from '../../src/testing/memory-destination.ts';
import { hardNames, makeHardTree } from './support/hard-names.ts';
import { isAtLeast, needsRestic, Restic, resticVersion } from './support/restic.ts';
import { loadFolder, saveFolder } from './support/stored-files.ts';

const { signal } = new AbortController();
const info = {
  created: '2026-11-29T04:29:56Z',
  username: 'anna',
  hostname: 'laptop',
  params: { N: 1024, r: 8, p: 1 },
  signal,
};

/** What restic makes of a new repository, but for a key file that costs less than half a second of each call. */
const initialised = async (version: string): Promise<MemoryDestination> => {
  using restic = new Restic('secret');
  restic.run('init', '--repository-version', version);
  const destination = await loadFolder(restic.repository);
  const { id, master } = await openWithPassword(destination, 'secret', { signal });
  const current = await addKey(destination, master, { ...info, password: 'secret' });
  await removeKey(destination, id, { current, signal });
  return destination;
};

/** A repository that restic made, read with nothing but the format layer. */
class ResticRepository {
  readonly destination: MemoryDestination;
  readonly key: MasterKey;
  readonly config: RepositoryConfig;
  readonly packs: IndexPack[] = [];
  readonly blobs = new Map<string, Buffer>();

  private constructor(destination: MemoryDestination, key: MasterKey, config: RepositoryConfig) {
    this.destination = destination;
    this.key = key;
    this.config = config;
  }

  static async open(directory: string): Promise<ResticRepository> {
    const destination = await loadFolder(directory);
    const { master } = await openWithPassword(destination, 'secret', { signal });
    const config = decodeConfig(master, await collect(destination.get('config', { signal })));
    const repository = new ResticRepository(destination, master, config);
    for (const json of await repository.unpacked('index')) repository.packs.push(...decodeIndex(json).packs);
    for (const pack of repository.packs) repository.#readPack(pack);
    return repository;
  }

  async unpacked(kind: 'index' | 'snapshots'): Promise<Buffer[]> {
    const found: Buffer[] = [];
    for await (const { id } of listObjects(this.destination, kind, { signal })) {
      found.push(
        decodeUnpacked(this.key, await readObject(this.destination, { kind, id }, { maxSize: 1e8, signal }), 1e8),
      );
    }
    return found;
  }

  bytesOf(pack: string): Buffer {
    const stored = this.destination.store.get(packKey(pack));
    if (stored === undefined) throw new Error(`no pack ${pack}`);
    return stored.content;
  }

  #readPack(pack: IndexPack): void {
    const bytes = this.bytesOf(pack.id);
    for (const { id, offset, length, uncompressedLength } of pack.blobs) {
      const plain = unseal(this.key, bytes.subarray(offset, offset + length));
      this.blobs.set(id, uncompressedLength === undefined ? plain : zstdDecompressSync(plain));
    }
  }

  async snapshot(): Promise<{ readonly json: Buffer; readonly snapshot: SnapshotFile }> {
    const [json] = await this.unpacked('snapshots');
    if (json === undefined) throw new Error('no snapshot');
    return { json, snapshot: decodeSnapshot(json) };
  }

  tree(id: string): Node[] {
    return decodeTree(this.blobs.get(id) ?? Buffer.alloc(0));
  }

  /** The node at the end of a path of names. */
  at(tree: string, path: readonly string[]): Node | undefined {
    let nodes = this.tree(tree);
    for (const name of path.slice(0, -1)) nodes = this.tree(nodes.find((node) => node.name === name)?.subtree ?? '');
    return nodes.find((node) => node.name === path.at(-1));
  }
}

const makers: readonly { made: string; version: 1 | 2; backup: string[]; compressed: string[] }[] = [
  { made: 'version 1', version: 1, backup: [], compressed: [] },
  { made: 'version 2', version: 2, backup: [], compressed: ['data', 'tree'] },
  {
    made: 'version 2 without compression',
    version: 2,
    backup: ['--compression', 'off'],
    compressed: ['tree'],
  },
];

describe.skipIf(resticVersion === undefined)(`a repository that restic made (${needsRestic})`, () => {
  const maker = new Restic('secret');
  const source = join(maker.directory, 'source');
  const repositories = new Map<string, ResticRepository>();

  beforeAll(async () => {
    mkdirSync(source);
    // Before 0.16 restic lost the bytes of such a target.
    makeHardTree(source, { rawLinks: isAtLeast('0.16') });
    const fresh = { 1: await initialised('1'), 2: await initialised('2') };
    for (const { made, version, backup } of makers) {
      using restic = new Restic('secret');
      saveFolder(fresh[version], restic.repository);
      restic.run('backup', ...backup, '--tag', 'a,b', '--exclude', '*.nothing', '--host', 'häuschen', source);
      repositories.set(made, await ResticRepository.open(restic.repository));
    }
  });

  afterAll(() => maker[Symbol.dispose]());

  const made = (how: string): ResticRepository => {
    const repository = repositories.get(how);
    if (repository === undefined) throw new Error(`no repository of ${how}`);
    return repository;
  };

  describe.each(makers)('$made', ({ made: how, compressed }) => {
    it('opens with its password, and its config comes out as it went in', async () => {
      const { key, config, destination } = made(how);
      expect(config.version).toBe(how === 'version 1' ? 1 : 2);
      const sealed = await collect(destination.get('config', { signal }));
      expect(unseal(key, encodeConfig(key, config)).toString()).toBe(
        unseal(key, sealed).toString().replaceAll(/\s/g, ''),
      );
    });

    it('has in each pack header what the index says, and packs of the size that this makes', async () => {
      const repository = made(how);
      expect(repository.packs.length).toBeGreaterThanOrEqual(2);
      for (const { id, blobs } of repository.packs) {
        const bytes = repository.bytesOf(id);
        expect(objectId(bytes)).toBe(id);
        expect(packSizeOf(blobs)).toBe(bytes.byteLength);
        const tail = bytes.subarray(-tailLengthOf(bytes.byteLength, bytes.subarray(-4)));
        expect(decodeHeader(repository.key, bytes.byteLength, tail)).toEqual(blobs);
      }
    });

    it('has blobs that are what their names say', async () => {
      const repository = made(how);
      for (const [id, plain] of repository.blobs) expect(objectId(plain)).toBe(id);
      const blobs = repository.packs.flatMap((pack) => pack.blobs);
      const types = new Set(blobs.filter((blob) => blob.uncompressedLength !== undefined).map(({ type }) => type));
      expect([...types].toSorted()).toEqual(compressed);
    });

    it('has trees that come out byte for byte as restic wrote them', async () => {
      const repository = made(how);
      const trees = repository.packs.flatMap(({ blobs }) => blobs).filter(({ type }) => type === 'tree');
      expect(trees.length).toBeGreaterThanOrEqual(5);
      for (const { id } of trees) {
        const plain = repository.blobs.get(id) ?? Buffer.alloc(0);
        expect(encodeTree(decodeTree(plain)).toString('latin1')).toBe(plain.toString('latin1'));
      }
    });

    it('has the names, bytes and attributes that were backed up', async () => {
      const repository = made(how);
      const { snapshot } = await repository.snapshot();
      const path = source.split('/').slice(1);
      const root = repository.at(snapshot.tree, path);
      const nodes = repository.tree(root?.subtree ?? '');
      expect(nodes.map(({ name }) => name)).toEqual([...hardNames.map(bytesFromBuffer), 'sub'].toSorted());
      const contentOf = (node: Node | undefined): Buffer =>
        Buffer.concat((node?.content ?? []).map((id) => repository.blobs.get(id) ?? Buffer.alloc(0)));
      for (const [index, name] of hardNames.entries()) {
        expect(contentOf(nodes.find((node) => node.name === bytesFromBuffer(name))).toString()).toBe(
          `content ${index}`,
        );
      }
      const sub = nodes.find(({ name }) => name === 'sub')?.subtree ?? '';
      expect(repository.at(sub, ['large'])?.content?.length).toBeGreaterThan(1);
      expect(contentOf(repository.at(sub, ['large'])).equals(readFileSync(join(source, 'sub', 'large')))).toBe(true);
      expect(repository.at(sub, ['large'])?.links).toBe(2n);
      expect(repository.at(sub, ['large'])?.inode).toBe(repository.at(sub, ['second name'])?.inode);
      expect(repository.at(sub, ['nothing'])?.content).toEqual([]);
      expect(repository.at(sub, ['pipe'])?.type).toBe('fifo');
      expect(nsFromTimestamp(repository.at(sub, ['link'])?.mtime ?? '')).toBe(4_000_000_000_000_000_000n);
    });

    it('has a snapshot that comes out byte for byte', async () => {
      const { json, snapshot } = await made(how).snapshot();
      expect(encodeSnapshot(snapshot).toString()).toBe(json.toString());
      expect(snapshot).toMatchObject({ hostname: 'häuschen', tags: ['a', 'b'], excludes: ['*.nothing'] });
    });

    it('lets restic in with a key file of ours', async () => {
      const { destination, key } = made(how);
      await addKey(destination, key, { ...info, password: 'cheap "ä"' });
      using stranger = new Restic('cheap "ä"');
      saveFolder(destination, stranger.repository);
      expect(stranger.run('snapshots', '--json')).toContain('häuschen');
    });
  });
});
