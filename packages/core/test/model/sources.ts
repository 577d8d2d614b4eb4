/** Two sources over maps of files: one names everything at each run, as a folder does, the other only what changed, as a phone does. */
import { bytesFromText, type BytePath } from '../../src/bytes.ts';
import { nsFromTimestamp } from '../../src/repository/timestamp.ts';
import type { EntryInfo, SnapshotBuilder, Source } from '../../src/source/source.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';
import { seededInteger } from '../../src/testing/index.ts';

/** A version stands for bytes; a file with another version has other bytes. */
export interface ModelFile {
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** By path, `folder/name`. */
export type ModelFiles = ReadonlyMap<string, ModelFile>;

export const modelSource = (files: () => ModelFiles, base: Source['base']): Source => ({
  label: `a model that begins ${base}`,
  identity: { host: 'model', paths: [`/${base}`] },
  base,
  async capture(builder, { signal }) {
    const now = files();
    if (base === 'previous') {
      const others = await namesNotIn(builder, now);
      await moveSome(builder, now, others);
      for (const path of others) await builder.remove(bytesFromText(path) as BytePath);
    }
    let folder: string | undefined;
    for (const path of [...now.keys()].toSorted()) {
      const file = now.get(path);
      if (!file) continue;
      const [own = ''] = path.split('/');
      if (base === 'empty' && folder !== undefined && folder !== own) await builder.endDirectory(folder as BytePath);
      folder = own;
      await put(builder, path, file, { base, signal });
    }
    return {};
  },
  [Symbol.asyncDispose]: () => Promise.resolve(),
});

const infoOf = ({ version, bytes }: ModelFile): EntryInfo => ({
  mode: 0o644,
  mtimeNs: BigInt(version) * 1_000_000_000n,
  size: bytes.byteLength,
});

interface PutOptions {
  readonly base: Source['base'];
  readonly signal: AbortSignal;
}

const put = async (
  builder: SnapshotBuilder,
  text: string,
  file: ModelFile,
  { base, signal }: PutOptions,
): Promise<void> => {
  const path = bytesFromText(text) as BytePath;
  const info = infoOf(file);
  const before = await (base === 'previous' ? builder.node(path) : previousNode(builder, path));
  const unchanged = before?.type === 'file' && nsFromTimestamp(before.mtime) === info.mtimeNs;
  if (unchanged && base === 'previous') return;
  if (unchanged && (await builder.keep(path, before, info)) === 'kept') return;
  await builder.putFile(path, info, pieces(file.bytes), { signal });
};

/** What cannot be told is read again, as the files source does it. */
const previousNode = async ({ previous }: SnapshotBuilder, path: BytePath): ReturnType<SnapshotBuilder['node']> => {
  try {
    return await previous?.node(path);
  } catch {
    return undefined;
  }
};

/** What the snapshot has so far and must not have in the end. */
const namesNotIn = async (builder: SnapshotBuilder, now: ModelFiles): Promise<Set<string>> => {
  const gone = new Set<string>();
  for await (const folder of builder.list('' as BytePath)) {
    for await (const { name } of builder.list(folder.name)) {
      if (!now.has(`${folder.name}/${name}`)) gone.add(`${folder.name}/${name}`);
    }
  }
  return gone;
};

/** As a phone does it, a file that has another name now is moved and not sent again. */
const moveSome = async (builder: SnapshotBuilder, now: ModelFiles, others: Set<string>): Promise<void> => {
  const byVersion = new Map<bigint, string>();
  for (const path of others) {
    const node = await builder.node(bytesFromText(path) as BytePath);
    if (node) byVersion.set(nsFromTimestamp(node.mtime), path);
  }
  for (const [path, file] of now) {
    const from = byVersion.get(infoOf(file).mtimeNs);
    if (from === undefined || !others.has(from) || (await builder.node(bytesFromText(path) as BytePath))) continue;
    await builder.move(bytesFromText(from) as BytePath, bytesFromText(path) as BytePath);
    others.delete(from);
  }
};

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 30_000) yield bytes.subarray(at, at + 30_000);
}

/** Changes, adds, renames and removes some files; some of what is added is a copy of another file, and some is longer than a chunk. */
export const edit = (files: Map<string, ModelFile>, edits: number, random: () => number): void => {
  if (random() < 0.35) renameNewest(files, `d${seededInteger(random, 0, 3)}/f${seededInteger(random, 8, 9)}`);
  for (let i = 0; i < edits; i += 1) {
    const paths = [...files.keys()];
    const path = paths[Math.floor(random() * paths.length)];
    const lot = random();
    if (path !== undefined && paths.length > 6 && lot < 0.3) {
      files.delete(path);
      continue;
    }
    const fresh = `d${seededInteger(random, 0, 3)}/f${seededInteger(random, 0, 7)}`;
    const target = path !== undefined && lot < 0.6 ? path : fresh;
    const version = seededInteger(random, 1, 2 ** 30);
    const original = path === undefined ? undefined : files.get(path);
    const bytes = original && lot > 0.9 ? original.bytes : contentOf(version, random);
    files.set(target, { version, bytes });
  }
};

/** What a replica that was away lacks, it has to get though the file is not sent again. */
const renameNewest = (files: Map<string, ModelFile>, to: string): void => {
  const newest = [...files.keys()].at(-1);
  const file = newest === undefined ? undefined : files.get(newest);
  if (newest === undefined || !file || files.has(to)) return;
  files.delete(newest);
  files.set(to, file);
};

const contentOf = (version: number, random: () => number): Uint8Array => {
  const lot = random();
  if (lot < 0.1) return new Uint8Array(0);
  if (lot < 0.3) return Buffer.from(`version ${version} `.repeat(seededInteger(random, 1, 3000)));
  return seededBytes(version, seededInteger(random, 1, lot < 0.8 ? 20_000 : 160_000));
};
