import fc from 'fast-check';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ByteName, bytesFromText } from '../../src/bytes.ts';
import { FolderScan } from '../../src/engine/folder-scan.ts';
import { FolderLook } from '../../src/engine/look-at-folder.ts';
import type { FolderToLookAt, LookedFolder, LookOrders } from '../../src/engine/messages.ts';
import { ctimeTellsXattrs } from '../../src/posix/ctime-tells.ts';
import { decodeTree, encodeTree } from '../../src/repository/tree.ts';
import { temporaryFolder } from '../../src/testing/index.ts';
import { entries, knownId, otherText, spoiltNode, unknownId } from './support/drawn-tree.ts';
import { nodeNow } from '../kit/node-now.ts';
import { change, type DrawnEntry, makeEntry } from './support/made-folder.ts';

const settled = BigInt(Date.now() + 3_600_000) * 1_000_000n;
const rules: LookOrders = {
  patterns: [],
  home: '/',
  base: '/',
  excludeLargerThan: undefined,
  oneFileSystem: false,
  marks: [],
  attributesReadAt: settled,
};

/** Whose last byte that is. */
const unknownByte = Number.parseInt(unknownId.slice(-2), 16);
const table = { neededBy: (id: Uint32Array) => (new Uint8Array(id.buffer, id.byteOffset)[31] === unknownByte ? 1 : 0) };

interface Looks {
  readonly usual: LookedFolder | undefined;
  readonly fast: LookedFolder | undefined;
  /** The kernel was of use. */
  readonly isScanned: boolean;
  /** About how many entries it had to ask. */
  readonly asked: number;
}

const lookBothWays = async (folder: FolderToLookAt, orders: LookOrders = rules): Promise<Looks> => {
  let isScanned = false;
  let asked = 0;
  const usual = await FolderLook.open(table, orders, () => undefined);
  const fast = await FolderLook.open(table, orders, (...given) => {
    const scan = FolderScan.create(...given);
    if (scan === undefined) return undefined;
    const at: FolderScan['at'] = (which, ask) => {
      const isAsBefore: typeof ask.isAsBefore = (node) => {
        asked += 1;
        return ask.isAsBefore(node);
      };
      const scanned = scan.at(which, { ...ask, isAsBefore });
      isScanned = scanned !== undefined;
      return scanned;
    };
    return { at };
  });
  return { usual: usual.at(folder), fast: fast.at(folder), isScanned, asked };
};

type Spoil = (tree: Buffer, nodes: Parameters<typeof encodeTree>[0]) => Buffer;

/** A folder of these entries, the tree that a snapshot has of it, and what became of them since. */
const made = (parent: string, drawn: readonly DrawnEntry[], spoil: Spoil = (tree) => tree): FolderToLookAt => {
  const localPath = bytesFromText(mkdtempSync(join(parent, 'folder-')));
  const outside = join(parent, 'outside');
  for (const entry of drawn) {
    makeEntry(localPath, entry, outside + String(drawn.indexOf(entry)));
  }
  const nodes = drawn.filter(({ fate }) => fate !== 'new').map((entry) => nodeNow(localPath, entry));
  const tree = spoil(encodeTree(nodes), nodes);
  for (const entry of drawn) change(localPath, entry);
  return { path: bytesFromText('folder'), localPath, tree };
};

const hasOurBytes = (tree: Uint8Array): boolean => encodeTree(decodeTree(tree)).equals(tree);

const orders: fc.Arbitrary<LookOrders> = fc
  .record({
    patterns: fc.constantFrom<readonly string[]>([], [], [], ['a*', '!ab']),
    excludeLargerThan: fc.constantFrom(undefined, undefined, 2),
    oneFileSystem: fc.boolean(),
    marks: fc.constantFrom<readonly string[]>([], [], ['CACHEDIR.TAG', '.no'], ['a', 'CACHEDIR.TAG']),
    attributesReadAt: fc.constantFrom(settled, settled, settled, settled, undefined, 1n),
  })
  .map((drawn) => ({ ...rules, ...drawn }) as LookOrders);

/** What another program, another machine or damage would have made of a tree. */
const spoilBy =
  (draw: fc.GeneratorValue): Spoil =>
  (tree, nodes) => {
    const how = draw(fc.constantFrom, 'not', 'not', 'nodes', 'nodes', 'text');
    if (how === 'not') return tree;
    if (how === 'text') return Buffer.from(draw(otherText, tree.toString('latin1')), 'latin1');
    const spoilt = nodes.map((node) => (draw(fc.nat, { max: 3 }) === 0 ? draw(spoiltNode, node) : node));
    try {
      return encodeTree(spoilt);
    } catch {
      // A folder without a tree, for example.
      return tree;
    }
  };

const plain = (name: string, more: Partial<DrawnEntry> = {}): DrawnEntry => ({
  name: name as ByteName,
  kind: 'file',
  fate: 'stays',
  mode: 0o640,
  ids: [knownId],
  mtime: 1_796_000_000.25,
  ...more,
});

const hasKernel = FolderScan.create(table, rules) !== undefined && ctimeTellsXattrs(tmpdir());

describe.skipIf(platform() === 'win32')('a folder that is compared by the kernel', () => {
  it('is found as it is without it, whatever it and the tree hold', { timeout: 120_000 }, async () => {
    await using temporary = await temporaryFolder();
    const looks = { byKernel: 0, same: 0, inPart: 0 };
    await fc.assert(
      fc.asyncProperty(fc.nat(4), orders, fc.gen(), async (changing, order, draw) => {
        const parent = mkdtempSync(join(temporary.path, 'run-'));
        const folder = made(parent, draw(entries, changing), spoilBy(draw));
        const { usual, fast, isScanned } = await lookBothWays(folder, order);
        // Only the kernel knows without asking.
        const { isWritten, ...told } = fast ?? {};
        expect(fast && told).toEqual(usual);
        expect(isWritten && !hasOurBytes(folder.tree)).not.toBe(true);
        if (isScanned) looks.byKernel += 1;
        if (isScanned && usual !== undefined) looks[usual.parts === undefined ? 'same' : 'inPart'] += 1;
        rmSync(parent, { recursive: true });
      }),
      { numRuns: 250, endOnFailure: true },
    );
    const never = Object.entries(looks).filter(([, count]) => count === 0);
    expect(hasKernel ? never : []).toEqual([]);
  });
});

describe.skipIf(!hasKernel)('the kernel that compares folders', () => {
  const names = Array.from({ length: 300 }, (_, i) => `entry ${(i * 7919) % 1009}`).toSorted();

  it('knows by itself what is plain, also where much of it is', async () => {
    await using temporary = await temporaryFolder();
    const drawn = names.map((name, i) => plain(name, { kind: i % 5 === 0 ? 'dir' : i % 7 === 0 ? 'empty' : 'file' }));
    const { usual, fast, isScanned, asked } = await lookBothWays(made(temporary.path, drawn));
    expect({ isScanned, asked }).toEqual({ isScanned: true, asked: 0 });
    expect(fast).toEqual({ ...usual, isWritten: true });
    expect(fast?.folders).toHaveLength(60);
    expect(fast).toMatchObject({ files: 240 });
  });

  it('asks about what is not, and about nothing else', async () => {
    await using temporary = await temporaryFolder();
    const odd = [
      plain('b', { kind: 'symlink' }),
      plain('d', { kind: 'hard link' }),
      plain('e', { kind: 'fifo' }),
      plain('f', { fate: 'touched' }),
      plain('g', { fate: 'grown' }),
    ];
    const drawn = [plain('a'), ...odd, plain('h', { fate: 'gone' }), plain('i', { fate: 'new' }), plain('\xc3\xa4')];
    const { usual, fast, isScanned, asked } = await lookBothWays(made(temporary.path, drawn));
    expect({ isScanned, asked }).toEqual({ isScanned: true, asked: odd.length });
    expect(fast).toEqual(usual);
    expect(fast?.parts?.map(({ name }) => name)).toEqual([undefined, 'e', 'f', 'g', 'i', undefined]);
  });

  it('says nothing where next to nothing is the same', async () => {
    await using temporary = await temporaryFolder();
    const drawn = names.slice(0, 12).map((name, i) => plain(name, { fate: i < 2 ? 'stays' : 'touched' }));
    const looks = await lookBothWays(made(temporary.path, drawn));
    expect(looks).toMatchObject({ isScanned: true, usual: undefined, fast: undefined });
    expect(looks.asked).toBe(9);
  });

  it('asks where the ctime cannot answer for extended attributes', async () => {
    await using temporary = await temporaryFolder();
    const folder = made(temporary.path, [plain('a')]);
    expect(await lookBothWays(folder, { ...rules, attributesReadAt: undefined })).toMatchObject({ isScanned: false });
    const justNow = BigInt(Date.now()) * 1_000_000n;
    expect(await lookBothWays(folder, { ...rules, attributesReadAt: justNow })).toMatchObject({
      isScanned: true,
      asked: 1,
    });
  });

  it('takes blobs that nobody has for another content', async () => {
    await using temporary = await temporaryFolder();
    const drawn = [plain('a', { ids: [knownId, unknownId] }), plain('b')];
    const { usual, fast, isScanned } = await lookBothWays(made(temporary.path, drawn));
    expect(isScanned).toBe(true);
    expect(fast).toEqual(usual);
    expect(fast?.parts?.map(({ name }) => name)).toEqual(['a', undefined] as unknown[]);
  });

  it('says nothing of a folder that has a mark, is a link, is gone or has too large a tree', async () => {
    await using temporary = await temporaryFolder();
    const folder = made(temporary.path, [plain('a'), plain('b')]);
    const marked = await lookBothWays(folder, { ...rules, marks: ['c', 'b'] as ByteName[] });
    expect(marked).toMatchObject({ isScanned: false, usual: undefined, fast: undefined });
    const link = join(temporary.path, 'link');
    symlinkSync(Buffer.from(folder.localPath, 'latin1'), link);
    for (const name of [link, join(temporary.path, 'nowhere')]) {
      const looks = await lookBothWays({ ...folder, localPath: bytesFromText(name) });
      expect(looks).toMatchObject({ isScanned: false, usual: undefined, fast: undefined });
    }
    const tree = Buffer.concat([folder.tree, Buffer.alloc(2 ** 21, ' ')]);
    const large = await lookBothWays({ ...folder, tree });
    expect(large.isScanned).toBe(false);
    expect(large.fast).toMatchObject({ files: 2 });
  });

  it('gives a list that is too long to others', async () => {
    await using temporary = await temporaryFolder();
    const folder = join(temporary.path, 'folder');
    mkdirSync(folder);
    for (let i = 0; i < 2_900; i += 1) writeFileSync(join(folder, `${i}`.padStart(255, 'n')), '');
    const look = { path: bytesFromText('folder'), localPath: bytesFromText(folder), tree: encodeTree([]) };
    const scan = FolderScan.create(table, rules);
    expect(scan?.at(look, { isAsBefore: () => true, isNewLeftOut: () => false, isLeftOut: undefined })).toBeUndefined();
  });
});
