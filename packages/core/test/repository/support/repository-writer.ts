import { zstdCompressSync } from 'node:zlib';
import { bodyOf } from '../../../src/body.ts';
import { encodeConfig, newConfig, type RepositoryConfig } from '../../../src/repository/config-file.ts';
import { newMasterKey, seal } from '../../../src/repository/crypto.ts';
import { encodeIndex, type IndexPack } from '../../../src/repository/index-file.ts';
import { addKey } from '../../../src/repository/keys.ts';
import { packKey } from '../../../src/repository/layout.ts';
import type { Node } from '../../../src/repository/node.ts';
import { writeObject } from '../../../src/repository/objects.ts';
import { type BlobType, encodeHeader, type PackedBlob } from '../../../src/repository/pack.ts';
import { encodeSnapshot, type SnapshotFile } from '../../../src/repository/snapshot-file.ts';
import { encodeTree } from '../../../src/repository/tree.ts';
import { encodeUnpacked, objectId } from '../../../src/repository/unpacked.ts';
import { MemoryDestination } from '../../../src/testing/memory-destination.ts';

const { signal } = new AbortController();

class OpenPack {
  readonly blobs: PackedBlob[] = [];
  readonly parts: Buffer[] = [];
  size = 0;
}

/** Writes a repository object by object with the format layer and nothing else: no engine, no threads. */
export class RepositoryWriter {
  readonly destination = new MemoryDestination();
  readonly key = newMasterKey();
  readonly config: RepositoryConfig;
  readonly #open: Record<BlobType, OpenPack> = { data: new OpenPack(), tree: new OpenPack() };
  readonly #packs: IndexPack[] = [];
  readonly #known = new Set<string>();

  constructor(config: Partial<RepositoryConfig> = {}) {
    this.config = { ...newConfig(), ...config };
  }

  async init(password: string): Promise<void> {
    const params = { N: 1024, r: 8, p: 1 };
    await addKey(this.destination, this.key, {
      created: '2026-11-29T04:29:56Z',
      username: 'anna',
      hostname: 'laptop',
      params,
      password,
      signal,
    });
    await this.destination.put('config', bodyOf(encodeConfig(this.key, this.config)), { signal });
  }

  /** The id of the blob; what is there already is not written again. */
  blob(type: BlobType, plain: Buffer): string {
    const id = objectId(plain);
    if (this.#known.has(id)) return id;
    this.#known.add(id);
    const compressed = this.config.version >= 2 && plain.byteLength > 0;
    const sealed = seal(this.key, compressed ? zstdCompressSync(plain) : plain);
    const pack = this.#open[type];
    const place = { id, type, offset: pack.size, length: sealed.byteLength };
    pack.blobs.push(compressed ? { ...place, uncompressedLength: plain.byteLength } : place);
    pack.parts.push(sealed);
    pack.size += sealed.byteLength;
    return id;
  }

  tree(nodes: readonly Node[]): string {
    return this.blob('tree', encodeTree(nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1))));
  }

  /** Packs, then index, then snapshot. */
  async finish(snapshot: SnapshotFile): Promise<string> {
    for (const type of ['data', 'tree'] as const) await this.#close(type);
    const { version } = this.config;
    const index = encodeUnpacked(this.key, encodeIndex(this.#packs.splice(0)), version);
    await writeObject(this.destination, { kind: 'index', bytes: index }, { signal });
    const bytes = encodeUnpacked(this.key, encodeSnapshot(snapshot), version);
    return writeObject(this.destination, { kind: 'snapshots', bytes }, { signal });
  }

  async #close(type: BlobType): Promise<void> {
    const { blobs, parts } = this.#open[type];
    if (blobs.length === 0) return;
    this.#open[type] = new OpenPack();
    const bytes = Buffer.concat([...parts, encodeHeader(this.key, blobs)]);
    const id = objectId(bytes);
    this.#packs.push({ id, blobs });
    await this.destination.put(packKey(id), bodyOf(bytes), { signal });
  }
}
